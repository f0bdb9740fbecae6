#!/usr/bin/env python3
"""Renders (or lints) charts with helm and with skiff and compares every byte.

    compare-charts.py [--command template|lint] [--skiff BIN] [--helm BIN] DIR...

Each DIR is searched for charts; each chart is rendered with its own values and once with every
values file of its ci/ folder. helm runs twice: lines that differ between its two runs (passwords,
certificates, times) are left out of the comparison. Prints a line for each chart that differs,
then the totals; exits 1 when anything differs.
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile


def charts(root):
    for path in sorted(pathlib.Path(root).rglob("Chart.yaml")):
        chart = path.parent
        if any((up / "Chart.yaml").exists() for up in chart.parents if up != chart):
            continue
        yield chart


def run(binary, command, chart, values, home):
    args = [binary, command] + (["release"] if command == "template" else []) + ["."]
    if command == "template":
        args += ["--include-crds"]
    for file in values:
        args += ["-f", file]
    env = dict(os.environ, HELM_CACHE_HOME=home, HELM_CONFIG_HOME=home, HELM_DATA_HOME=home, TZ="UTC", NO_COLOR="1")
    env.pop("KUBECONFIG", None)
    done = subprocess.run(args, cwd=chart, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


def masked(first, second, lines):
    """The lines to compare: those at places where helm's two runs agree."""
    if len(first) != len(second) or len(first) != len(lines):
        return first, lines
    stable = [i for i, line in enumerate(first) if line == second[i]]
    return [first[i] for i in stable], [lines[i] for i in stable]


def compare(options, chart, values):
    with tempfile.TemporaryDirectory() as home:
        first = run(options.helm, options.command, chart, values, home)
        second = run(options.helm, options.command, chart, values, home)
        ours = run(options.skiff, options.command, chart, values, home)
    where = f"{chart}" + "".join(f" -f {v}" for v in values)
    if first[0] != ours[0]:
        return where, f"exit code {first[0]} against {ours[0]}: {first[2][-1:]} {ours[2][-1:]}", first[0]
    for name, at in (("stdout", 1), ("stderr", 2)):
        want, got = masked(first[at], second[at], ours[at])
        if want != got:
            for i, (a, b) in enumerate(zip(want, got)):
                if a != b:
                    return where, f"{name}:{i + 1}: {a!r} against {b!r}", first[0]
            return where, f"{name}: {len(want)} lines against {len(got)}", first[0]
    return where, None, first[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    peers = os.environ.get("SKIFF_PEERS") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "skiff-peers"
    )
    parser.add_argument("--command", default="template", choices=["template", "lint"])
    parser.add_argument("--skiff", default="target/debug/skiff")
    parser.add_argument("--helm", default=os.path.join(peers, "bin", "helm"))
    parser.add_argument("dirs", nargs="+")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as links:
        # Under helm's name, so that messages that name the program compare.
        link = os.path.join(links, "helm")
        os.symlink(os.path.abspath(options.skiff), link)
        options.skiff = link
        return report(options)


def report(options):
    jobs = []
    for root in options.dirs:
        for chart in charts(root):
            jobs.append((chart, []))
            for folder in ("ci", "tests"):
                for values in sorted((chart / folder).glob("*values*.yaml")) if (chart / folder).is_dir() else []:
                    jobs.append((chart, [f"{folder}/{values.name}"]))
    equal = refused = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for where, difference, code in pool.map(lambda job: compare(options, *job), jobs):
            if difference:
                print(f"DIFFERS {where}\n  {difference[:400]}")
            else:
                equal += 1
                refused += code != 0
    print(f"{len(jobs)} runs: {equal} equal (of them {refused} refused alike), {len(jobs) - equal} differ")
    return 1 if equal < len(jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
