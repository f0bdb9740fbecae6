#!/usr/bin/env python3
"""Takes charts through their life with helm on two clusters and compares every object.

    compare-objects.py --real KUBECONFIG --sandbox KUBECONFIG [--helm BIN] [--kubectl BIN] DIR...

Each DIR is searched for charts. On both clusters the real helm installs each chart, upgrades it to a changed copy (a
template and a version more), rolls it back and uninstalls it. After each step the objects of the release are read with
kubectl and compared, as is what helm printed. Names and namespaces are the same on both sides; what a server makes up
(identities, times, versions, addresses, ports) is masked. Where the two still differ, the real cluster is asked a second
time: places where it disagrees with itself (passwords, certificates) do not count. Hooks are left out, since the real
control plane of tests/peers runs no pods. Prints a line for each chart that differs, then the totals; exits 1 when
anything differs.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

UID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
TIME = re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?[+-]\d{4} UTC| ?Z)?")
LONG_TIME = re.compile(r"\b\w{3} \w{3} +\d+ \d\d:\d\d:\d\d 20\d\d\b")
ADDRESS = re.compile(r"\b10\.\d+\.\d+\.\d+\b")
ADDED = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-added
data:
  revision: {{ .Release.Revision | quote }}
"""


def charts(root):
    for path in sorted(pathlib.Path(root).rglob("Chart.yaml")):
        chart = path.parent
        if any((up / "Chart.yaml").exists() for up in chart.parents if up != chart):
            continue
        if re.search(r"^type: *library", path.read_text(), re.M):
            continue
        yield chart


def masked(value, key=""):
    """The value with everything that a server makes up replaced."""
    if isinstance(value, dict):
        return {k: masked(v, k) for k, v in value.items() if k != "managedFields"} | (
            {"managedFields": fields(value["managedFields"])} if "managedFields" in value else {}
        )
    if isinstance(value, list):
        return [masked(item, key) for item in value]
    if key in ("resourceVersion", "nodePort", "healthCheckNodePort"):
        return f"<{key}>"
    if isinstance(value, str):
        for pattern, word in ((UID, "<uid>"), (TIME, "<time>"), (LONG_TIME, "<time>"), (ADDRESS, "<address>")):
            value = pattern.sub(word, value)
    return value


def fields(entries):
    """Field managers: those that only the real controllers or only the sandbox's are, write status; the rest counts."""
    return [masked({k: v for k, v in entry.items() if k != "time"}) for entry in entries if "subresource" not in entry]


class Side:
    """One cluster."""

    def __init__(self, options, kubeconfig):
        self.options, self.kubeconfig = options, os.path.abspath(kubeconfig)
        self.home = tempfile.mkdtemp()

    def run(self, program, *args, text=None):
        env = dict(os.environ, KUBECONFIG=self.kubeconfig, HELM_CACHE_HOME=self.home, HELM_CONFIG_HOME=self.home,
                   HELM_DATA_HOME=self.home, HOME=self.home, TZ="UTC", NO_COLOR="1")
        done = subprocess.run([program, *args], env=env, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def helm(self, *args):
        return self.run(self.options.helm, *args)

    def objects(self, namespace, manifest):
        """The live objects of a manifest, by kind and name; what is gone is left out."""
        if not manifest.strip():
            return {}
        code, out, err = self.run(self.options.kubectl, "get", "-n", namespace, "-f", "-", "-o", "json",
                                  "--ignore-not-found", "--show-managed-fields", text=manifest)
        if code:
            return {"error": masked(err)}
        found = json.loads(out) if out.strip() else {"items": []}
        items = found["items"] if "items" in found else [found]
        named = [(o["kind"], o["metadata"], o) for o in items if o.get("kind")]
        return {f"{kind} {meta.get('namespace', '')}/{meta['name']}": without_status(masked(o)) for kind, meta, o in named}

    def life(self, chart, changed, namespace):
        """What each step printed and left behind."""
        steps = []
        common = ["-n", namespace, "--timeout", "60s", "--no-hooks"]
        done = self.helm("install", "r", str(chart), "--create-namespace", *common)
        steps.append(("install", masked(list(done))))
        if done[0] == 0:
            first = self.helm("get", "manifest", "r", "-n", namespace)[1]
            steps.append(("installed", self.objects(namespace, first)))
            steps.append(("upgrade", masked(list(self.helm("upgrade", "r", str(changed), *common)))))
            second = self.helm("get", "manifest", "r", "-n", namespace)[1]
            steps.append(("upgraded", self.objects(namespace, second)))
            steps.append(("rollback", masked(list(self.helm("rollback", "r", "1", *common)))))
            steps.append(("rolled back", self.objects(namespace, second)))
            steps.append(("history", masked(list(self.helm("history", "r", "-n", namespace)))))
            steps.append(("uninstall", masked(list(self.helm("uninstall", "r", *common)))))
            left = self.objects(namespace, first)
            steps.append(("left", sorted(left) if "error" not in left else left))
        else:
            self.helm("uninstall", "r", *common)
        self.run(self.options.kubectl, "delete", "namespace", namespace, "--wait=true", "--timeout=60s")
        # Definitions in crds/ outlive releases, and the next chart may bring its own.
        crds = sorted((chart / "crds").rglob("*.yaml")) if (chart / "crds").is_dir() else []
        for file in crds:
            self.run(self.options.kubectl, "delete", "-f", str(file), "--ignore-not-found", "--wait=true", "--timeout=60s")
        return steps


def without_status(value):
    """Status tells of nodes and time; specs and metadata are what a chart asked for."""
    value.pop("status", None)
    return value


def differences(want, got, place=""):
    """Places where two values differ."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(want.keys() | got.keys()):
            yield from differences(want.get(key), got.get(key), f"{place}/{key}")
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for number, (a, b) in enumerate(zip(want, got)):
            yield from differences(a, b, f"{place}/{number}")
    elif want != got:
        yield place, want, got


def changed_copy(chart, folder):
    copy = pathlib.Path(folder) / chart.name
    shutil.copytree(chart, copy, symlinks=True)
    (copy / "templates").mkdir(exist_ok=True)
    (copy / "templates" / "zz-added.yaml").write_text(ADDED)
    description = (copy / "Chart.yaml").read_text()
    (copy / "Chart.yaml").write_text(re.sub(r"^version: .*$", "version: 999.0.0", description, flags=re.M))
    return copy


def compare(options, chart, number):
    namespace = f"life-{number}"
    with tempfile.TemporaryDirectory() as folder:
        changed = changed_copy(chart, folder)
        real, sandbox = Side(options, options.real), Side(options, options.sandbox)
        want = real.life(chart, changed, namespace)
        got = sandbox.life(chart, changed, namespace)
        found = list(differences(dict(want), dict(got)))
        if found:
            again = {place for place, _, _ in differences(dict(want), dict(real.life(chart, changed, namespace)))}
            found = [entry for entry in found if entry[0] not in again]
    return found, sum(len(value) for name, value in want if name == "installed"), want[0][1][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    peers = os.environ.get("SKIFF_PEERS") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "skiff-peers")
    parser.add_argument("--real", required=True)
    parser.add_argument("--sandbox", required=True)
    parser.add_argument("--helm", default=os.path.join(peers, "bin", "helm"))
    parser.add_argument("--kubectl", default=os.path.join(peers, "bin", "kubectl"))
    parser.add_argument("--shown", type=int, default=6, help="differences printed for each chart")
    parser.add_argument("dirs", nargs="+")
    options = parser.parse_args()
    total = equal = refused = objects = 0
    for root in options.dirs:
        for chart in charts(root):
            found, count, code = compare(options, chart, total)
            total += 1
            objects += count
            refused += code != 0
            equal += not found
            print(f"{'DIFFERS' if found else 'equal'} {chart} ({count} objects{', refused' if code else ''})", flush=True)
            for place, want, got in found[: options.shown]:
                print(f"  {place}\n    real    {json.dumps(want)[:300]}\n    sandbox {json.dumps(got)[:300]}", flush=True)
    print(f"{total} charts, {objects} objects: {equal} equal (of them {refused} refused alike), {total - equal} differ")
    return 1 if equal < total else 0


if __name__ == "__main__":
    sys.exit(main())
