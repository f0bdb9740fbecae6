#!/usr/bin/env python3
"""Measures operations on releases, helm and Skiff side by side on one real control plane, and prints the ratios.

    tests/peers/bench-releases.py [--skiff PROGRAM] [--helm PROGRAM] [--runs N] [--releases N] [--only list,status,change]

It wants the static binary of `cargo build --release --target x86_64-unknown-linux-musl`, the peers of
tests/peers/build.sh, etcd, and GNU time for memory. Runs alternate between the programs, so that both see the same
machine; figures are medians of whole processes, memory is the largest resident set.

    list      over many releases with 250 KB Secrets each: those that helm made (one is made by helm, the others are it
              under other names, for that takes minutes otherwise), and those that Skiff made
    status    `status` and `history` of one of them, and of one with ten revisions
    change    `install` of a chart with 100 objects, `upgrade` of one with 20 objects and no change
"""

import argparse
import base64
import concurrent.futures
import gzip
import http.client
import json
import os
import random
import re
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(os.environ.get("SKIFF_PEERS") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skiff-peers")
STATIC = ROOT / "target/x86_64-unknown-linux-musl/release/skiff"
SCRIPT = ROOT / "tests/peers/cluster.sh"
# How large the Secret of a heavy release is, and how many times larger its JSON.
SECRET = 250_000
RATIO = 5

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-NUMBER
data:
  text: {{ .Values.text | quote }}
  number: "NUMBER"
---
"""


def chart(folder, name, objects, ballast=0):
    """A chart of ConfigMaps, with a file that makes its record as large as `ballast`."""
    root = Path(folder, name)
    (root / "templates").mkdir(parents=True)
    (root / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 1.2.3\nappVersion: '4.5.6'\n")
    (root / "values.yaml").write_text("text: some text\n")
    for number in range(objects):
        (root / f"templates/config-{number:03}.yaml").write_text(CONFIG.replace("NUMBER", str(number)))
    if ballast:
        # Words that gzip makes a fifth of, as it does of charts: noise, and lines that repeat.
        chance = random.Random(1)
        noise = base64.b64encode(chance.randbytes(int(ballast * 0.55))).decode()
        line = "# A line that says the same again and again, as the lines of charts do.\n"
        (root / "ballast.txt").write_text(noise + line * int(ballast * RATIO * 0.45 / len(line)))
    return str(root)


class Cluster:
    """A control plane of its own, and what the script asks it directly."""

    def __init__(self, folder):
        self.state = Path(folder, "state")
        subprocess.run([SCRIPT, "up", self.state], check=True, stdout=subprocess.DEVNULL)
        self.kubeconfig = self.state / "kubeconfig"
        self.port = int(re.search(r"https://127.0.0.1:(\d+)", self.kubeconfig.read_text())[1])
        self.tls = ssl.create_default_context(cafile=str(self.state / "certs/apiserver.crt"))

    def stop(self):
        subprocess.run([SCRIPT, "down", self.state], check=True)

    def ask(self, method, path, body=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls)
        # helm's own name, so that the fields of the records are managed by whom they would be.
        headers = {"Authorization": "Bearer admin-token", "Content-Type": "application/json", "User-Agent": "Helm/4.3.1"}
        connection.request(method, path, body=json.dumps(body) if body else None, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {text[:300]}")
        return json.loads(text)


def run(program, args, env):
    done = subprocess.run([program, *args], env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(args)} exits with {done.returncode}: {done.stderr}")
    return done.stdout


def once(program, args, env):
    start = time.perf_counter()
    run(program, args, env)
    return time.perf_counter() - start


def resident(program, args, env):
    """The largest resident set in MB. A child counts what its parent held when it forked, so GNU time stands between."""
    gnu_time = shutil.which("time")
    if not gnu_time:
        return None
    done = subprocess.run([gnu_time, "-f", "%M", program, *args], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return int(done.stderr.split()[-1]) / 1024


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.programs = {"helm": str(Path(options.helm).resolve()), "skiff": str(Path(options.skiff).resolve())}
        self.cluster = Cluster(folder)
        self.env = {"PATH": os.environ["PATH"], "HOME": folder, "TZ": "UTC", "KUBECONFIG": str(self.cluster.kubeconfig)}

    def by(self, name, *args):
        return run(self.programs[name], list(args), self.env)

    def row(self, what, wanted, times, sizes=None):
        """Prints one line; times by program."""
        medians = {name: statistics.median(values) for name, values in times.items()}
        columns = []
        for name in ("helm", "skiff"):
            size = f", {sizes[name]:.0f} MB" if sizes and sizes[name] else ""
            columns.append(f"{medians[name] * 1000:.0f} ms (from {min(times[name]) * 1000:.0f}){size}")
        ratio = f"{medians['helm'] / medians['skiff']:.1f}× faster"
        if sizes and all(sizes.values()):
            ratio += f", {sizes['helm'] / sizes['skiff']:.1f}× less memory"
        print(f"| {what} | {wanted} | {columns[0]} | {columns[1]} | {ratio} |", flush=True)

    def read(self, what, wanted, *args):
        """A command that changes nothing."""
        args = list(args)
        shown = {name: run(program, args, self.env) for name, program in self.programs.items()}
        if shown["helm"] != shown["skiff"]:
            sys.exit(f"{args}: the programs print different bytes: nothing to compare")
        times = {name: [] for name in self.programs}
        for _ in range(self.options.runs):
            for name, program in self.programs.items():
                times[name].append(once(program, args, self.env))
        self.row(what, wanted, times, {name: resident(program, args, self.env) for name, program in self.programs.items()})

    def heavy_releases(self):
        """Namespaces `by-helm` and `by-skiff` with as many heavy releases each."""
        heavy = chart(self.folder, "heavy", 1, SECRET * 21 // 20)
        count = self.options.releases
        self.by("helm", "install", "r000", heavy, "-n", "by-helm", "--create-namespace")
        self.by("skiff", "install", "r000", heavy, "-n", "by-skiff", "--create-namespace")
        seed = self.cluster.ask("GET", "/api/v1/namespaces/by-helm/secrets/sh.helm.release.v1.r000.v1")
        body = base64.b64decode(seed["data"]["release"])
        text = gzip.decompress(base64.b64decode(body))
        print(f"\na heavy release: {len(body) // 1000} KB in its Secret, {len(text) // 1000} KB of JSON; {count} of each kind")

        def copy(number):
            name = f"r{number:03}"
            renamed = text.replace(b'"name":"r000"', f'"name":"{name}"'.encode(), 1)
            packed = base64.b64encode(base64.b64encode(gzip.compress(renamed, 9))).decode()
            labels = {**seed["metadata"]["labels"], "name": name}
            metadata = {"name": f"sh.helm.release.v1.{name}.v1", "labels": labels}
            secret = {"apiVersion": "v1", "kind": "Secret", "type": seed["type"], "metadata": metadata, "data": {"release": packed}}
            self.cluster.ask("POST", "/api/v1/namespaces/by-helm/secrets", secret)
            self.by("skiff", "install", name, heavy, "-n", "by-skiff")

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            list(pool.map(copy, range(1, count)))

    def lists(self):
        self.read("`list` of releases that helm made", "10×, 40 MB", "list", "-n", "by-helm", "--max", "0")
        self.read("`list` of releases that Skiff made", "50×, 40 MB", "list", "-n", "by-skiff", "--max", "0")

    def status(self):
        heavy = str(Path(self.folder, "heavy"))
        for _ in range(9):
            self.by("helm", "upgrade", "r001", heavy, "-n", "by-helm")
            self.by("skiff", "upgrade", "r001", heavy, "-n", "by-skiff")
        self.read("`status` of one that helm made", "5×", "status", "r000", "-n", "by-helm")
        self.read("`status` of one that Skiff made", "5×", "status", "r000", "-n", "by-skiff")
        self.read("`status` of one with ten revisions by helm", "5×", "status", "r001", "-n", "by-helm")
        self.read("`history` of ten revisions by helm", "5×", "history", "r001", "-n", "by-helm")
        self.read("`history` of ten revisions by Skiff", "5×", "history", "r001", "-n", "by-skiff")

    def changes(self):
        hundred, twenty = chart(self.folder, "hundred", 100), chart(self.folder, "twenty", 20)
        times = {name: [] for name in self.programs}
        for number in range(self.options.runs):
            for name, program in self.programs.items():
                place = ["-n", f"install-{name}", "--create-namespace"]
                times[name].append(once(program, ["install", f"r{number}", hundred, *place], self.env))
                self.by("skiff", "uninstall", f"r{number}", *place[:2])
        self.row("`install` of a chart with 100 objects", "3×", times)
        times = {name: [] for name in self.programs}
        for name in self.programs:
            self.by(name, "install", "r", twenty, "-n", f"upgrade-{name}", "--create-namespace")
        for _ in range(self.options.runs):
            for name, program in self.programs.items():
                times[name].append(once(program, ["upgrade", "r", twenty, "-n", f"upgrade-{name}"], self.env))
        self.row("`upgrade` of a chart with 20 objects, no change", "4×", times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--skiff", default=STATIC)
    parser.add_argument("--helm", default=PEERS / "bin/helm")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--releases", type=int, default=500)
    parser.add_argument("--only", default="list,status,change")
    options = parser.parse_args()
    only = options.only.split(",")
    with tempfile.TemporaryDirectory(prefix="bench-releases-") as folder:
        bench = Bench(options, folder)
        try:
            if {"list", "status"} & set(only):
                bench.heavy_releases()
            print(f"\n{options.runs} runs each\n\n| job | wanted | helm | skiff | ratio |\n|---|---|---|---|---|")
            if "list" in only:
                bench.lists()
            if "status" in only:
                bench.status()
            if "change" in only:
                bench.changes()
        finally:
            bench.cluster.stop()


if __name__ == "__main__":
    main()
