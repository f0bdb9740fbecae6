#!/usr/bin/env python3
"""Takes charts through their life on a real control plane and in a sandbox, and compares every object.

    compare-objects.py [--clients helm,skiff] [--kubectl] [--limit N] [--only WORDS] DIR...

Each DIR is a project's checkout and is searched for charts. On both servers each client installs each chart, upgrades it
to a changed copy (one template more, other image tags, versions and replicas), rolls it back and uninstalls it, hooks and
all. A chart that does not render with its own values takes the first file of its ci/ folder with which it does;
dependencies that are not in the checkout are taken out. What helm does on the real control plane is the expected side;
helm in the sandbox, skiff on the real control plane and skiff in the sandbox are compared with it:

- exit code, stdout and stderr of each command (lines of stderr sorted: the servers' warnings come as answers come);
- after each step, once nothing changes any more, every object of every kind that the server lists and that was not there
  before: those of the chart, in all namespaces and of cluster scope, those that controllers made of them (replica sets,
  pods, endpoint slices, controller revisions, claims, volumes, jobs), custom resources and their definitions, and the
  release's records, decoded; labels, annotations, owners, finalizers, managedFields, specs and statuses.

Masked is what servers make up: identities, versions, times, addresses, node ports, generated names and hashes, tokens and
the authority's certificate. Left out are events, leases, nodes, what the aggregation of APIs makes and says, statuses of
pods, of autoscalers and cron jobs, jobs of cron jobs (these come by the clock) and addresses of load balancers. The real
control plane has no node, provisioner or load balancer: tests/peers/objects/kubelet.py plays them. Where anything differs,
helm asks the real control plane a second time: places where it disagrees with itself (passwords, certificates) do not
count. Of a client that cannot roll back yet, helm takes that step, which is then not compared.

--kubectl adds the view of kubectl: apply of the rendered chart (on the client's and the server's side), diff, get, describe
and explain, each compared in the same way.

Unless --real and --sandbox name kubeconfigs, a control plane (tests/peers/cluster.sh) and a sandbox in memory are started
and stopped again. Servers that are given must be nobody else's meanwhile: what appears during a chart's life counts as
its own, and is deleted after it.

Prints a line for each chart, with the places that differ, then a table of projects, then one line of totals; exits 1 when
anything differs.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

from objects import charts, cluster, kubelet, snapshot, views

class Side:
    """One server."""

    def __init__(self, options, name, kubeconfig):
        self.name, self.kubeconfig = name, os.path.abspath(kubeconfig)
        self.api = cluster.Api(options.kubectl_program, kubeconfig)
        self.home = cluster.folder()

    def run(self, *command, text=None):
        """Exit code, stdout and the sorted lines of stderr, not masked yet."""
        env = dict(os.environ, KUBECONFIG=self.kubeconfig, HELM_CACHE_HOME=self.home, HELM_CONFIG_HOME=self.home,
                   HELM_DATA_HOME=self.home, HOME=self.home, TZ="UTC", NO_COLOR="1", HELM_MAX_HISTORY="10")
        try:
            done = subprocess.run([str(word) for word in command], env=env, input=text, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=240)
        except subprocess.TimeoutExpired:
            return ["timed out"]
        return [done.returncode, done.stdout.splitlines(), sorted(done.stderr.splitlines())]


class Life:
    """One chart, one client, one server: steps with what they printed and left behind."""

    def __init__(self, side, number):
        """Lives with the same number have namespaces of the same name."""
        self.side, self.namespace, self.steps = side, f"life-{number:05}", {}
        self.known = {o["metadata"]["uid"] for _, _, o in snapshot.listed(side.api, self.namespace)}

    def run(self, step, *command, text=None):
        done = self.side.run(*command, text=text)
        self.steps[step] = snapshot.printed(done, self.namespace)
        return done

    def look(self, step):
        found = snapshot.settled(self.side.api, self.namespace, self.known)
        self.steps[step] = snapshot.masked(found, self.namespace)
        return found

    def end(self):
        self.side.api.ask("DELETE", f"/api/v1/namespaces/{self.namespace}")
        snapshot.sweep(self.side.api, self.namespace, self.known)
        return self.steps


def helm_life(options, life, client, as_is, changed, values):
    side = life.side
    at = ["-n", life.namespace, "--timeout", "30s"]
    installed = life.run("install", client, "install", "r", as_is, "--create-namespace", *values, *at)
    found = life.look("installed")
    if installed[0] == 0:
        shown = side.run(client, "status", "r", "-n", life.namespace)
        life.steps["status"] = snapshot.lines_masked(shown[1] + shown[2], life.namespace, snapshot.names(found))
        life.run("upgrade", client, "upgrade", "r", changed, *values, *at)
        life.look("upgraded")
        life.run("get all", client, "get", "all", "r", "-n", life.namespace)
        if side.run(client, "rollback", "--help")[0] == 0:
            life.run("rollback", client, "rollback", "r", "1", *at)
        else:
            # A client that cannot roll back yet has helm do it, so that what comes after compares.
            side.run(options.helm, "rollback", "r", "1", *at)
        life.look("rolled back")
        life.run("history", client, "history", "r", "-n", life.namespace)
    life.run("uninstall", client, "uninstall", "r", *at)
    life.look("uninstalled")
    return life.end()


def project(options, chart):
    """The project that a chart is of, and its name there."""
    for root in options.dirs:
        if chart.is_relative_to(pathlib.Path(root)):
            return pathlib.Path(root).name, str(chart.relative_to(root))
    return "", str(chart)


def chance(place, noise):
    """Whether a place, or something that holds it and is less than a whole step, differs by chance."""
    parts = place.split("/")
    return any("/".join(parts[:count]) in noise for count in range(3, len(parts) + 1)) or place in noise


def compare(options, sides, chart, number):
    """What differs by side and step, and the number of objects after the installation."""
    real, sandbox = sides
    with tempfile.TemporaryDirectory() as folder:
        as_is = charts.prepared(chart, folder)
        changed = charts.changed(as_is, folder)
        values = charts.values(as_is, lambda more: real.run(options.helm, "template", "r", as_is, *more)[0] == 0)

        def lives(side):
            done = {}
            for place, (name, client) in enumerate(options.client_programs.items()):
                done[name] = helm_life(options, Life(side, number + place), client, as_is, changed, values)
            if options.kubectl:
                done["kubectl"] = views.life(options, Life(side, number + 5), as_is, changed, values)
            return done

        with concurrent.futures.ThreadPoolExecutor() as pool:
            asked = [pool.submit(lives, side) for side in (real, sandbox)]
            on_real, in_sandbox = (one.result() for one in asked)
        first = on_real[next(iter(on_real))]
        pairs = [(name, on_real[name] if name == "kubectl" else first, in_sandbox[name], sandbox) for name in in_sandbox]
        pairs += [(name, first, steps, real) for name, steps in on_real.items() if steps is not first and name != "kubectl"]
        found, equal = [], 0
        noise = {}
        for name, want, got, side in pairs:
            if "rollback" not in got:
                want = {step: value for step, value in want.items() if step != "rollback"}
            places = list(snapshot.differences(want, got))
            if places:
                kind = name if name == "kubectl" else "helm"
                if kind not in noise:
                    if kind == "kubectl":
                        again = views.life(options, Life(real, number + 7), as_is, changed, values)
                    else:
                        again = helm_life(options, Life(real, number + 8), options.helm, as_is, changed, values)
                    noise[kind] = {place for place, _, _ in snapshot.differences(want, again)}
                places = [entry for entry in places if not chance(entry[0], noise[kind])]
            bad = {entry[0].split("/")[1] for entry in places}
            equal += len(want.keys() | got.keys()) - len(bad)
            found += [(f"{name}@{side.name}", *entry) for entry in places]
    return found, equal, len(first.get("installed", {})), first["install"][0]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peers = os.environ.get("SKIFF_PEERS") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "skiff-peers")
    root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--real", metavar="KUBECONFIG", help="a control plane without nodes, instead of one of our own")
    parser.add_argument("--sandbox", metavar="KUBECONFIG", help="a sandbox, instead of one of our own")
    parser.add_argument("--clients", default="helm", help="helm, or helm,skiff (default helm)")
    parser.add_argument("--kubectl", action="store_true", help="compare what kubectl shows and applies, too")
    parser.add_argument("--limit", type=int, default=10**6, metavar="N", help="so many charts of each project")
    parser.add_argument("--only", default="", metavar="WORDS", help="charts whose path has one of these, by commas")
    parser.add_argument("--shown", type=int, default=6, metavar="N", help="differences printed for each chart (default 6)")
    parser.add_argument("--report", metavar="FILE", help="all differences as JSON lines")
    parser.add_argument("--helm", default=os.path.join(peers, "bin", "helm"), metavar="PROGRAM")
    parser.add_argument("--skiff", default=str(root / "target" / "debug" / "skiff"), metavar="PROGRAM")
    parser.add_argument("--kubectl-program", default=os.path.join(peers, "bin", "kubectl"), metavar="PROGRAM")
    parser.add_argument("dirs", nargs="+", metavar="DIR")
    return parser.parse_args()


def clients(options, folder):
    """Skiff under helm's name, so that messages that name the program compare."""
    found = {}
    for name in options.clients.split(","):
        found[name] = options.helm
        if name == "skiff":
            os.mkdir(os.path.join(folder, "bin"))
            found[name] = os.path.join(folder, "bin", "helm")
            os.symlink(os.path.abspath(options.skiff), found[name])
    return found


def show(options, found, report):
    shown = found if options.shown < 0 else found[: options.shown]
    for side, place, want, got in shown:
        print(f"  {side} {place}\n    want {json.dumps(want)[:400]}\n    got  {json.dumps(got)[:400]}", flush=True)
    if len(shown) < len(found):
        print(f"  … and {len(found) - len(shown)} places more", flush=True)
    for side, place, want, got in found if report else ():
        report.write(json.dumps({"side": side, "place": place, "want": want, "got": got}) + "\n")


def main():
    options = arguments()
    folder = cluster.folder()
    options.client_programs = clients(options, folder)
    real = options.real or cluster.real(folder)
    sandbox = options.sandbox or cluster.sandbox(options.skiff, folder)
    sides = Side(options, "real", real), Side(options, "sandbox", sandbox)
    kubelet.Kubelet(cluster.Api(options.kubectl_program, real, "kubelet"), sides[1].api).start()
    report = open(options.report, "w") if options.report else None
    table, words, number = {}, options.only.split(","), 0
    for root in options.dirs:
        chosen = [c for c in charts.found(root) if any(word in str(c) for word in words)]
        for chart in chosen[: options.limit]:
            number += 10
            name, path = project(options, chart)
            try:
                found, equal, count, code = compare(options, sides, chart, number)
            except Exception:  # noqa: BLE001: the next chart can still be compared
                found, equal, count, code = [("script", "/failed", None, traceback.format_exc())], 0, 0, 0
            bad = len({(side, place.split("/")[1]) for side, place, _, _ in found})
            row = table.setdefault(name, [0, 0, 0, 0, 0])
            for column, more in enumerate((1, not found, count, equal, bad)):
                row[column] += more
            print(f"{'DIFFERS' if found else 'equal'} {name} {path}: {count} objects, {equal} steps equal, {bad} differ"
                  f"{'' if code == 0 else ', refused'}", flush=True)
            if report:
                report.write(json.dumps({"chart": f"{name} {path}"}) + "\n")
            show(options, found, report)
            if report:
                report.flush()
    print(f"\n{'project':<42} charts  equal  objects  steps equal  differ")
    for name, row in table.items():
        print(f"{name:<42} {row[0]:6} {row[1]:6} {row[2]:8} {row[3]:12} {row[4]:7}")
    total = [sum(row[column] for row in table.values()) for column in range(5)]
    print(f"{len(table)} projects, {total[0]} charts, {total[2]} objects, {total[3] + total[4]} steps: {total[3]} equal, "
          f"{total[4]} differing; {total[1]} charts equal in all, {total[0] - total[1]} not")
    return 1 if total[4] else 0


if __name__ == "__main__":
    sys.exit(main())
