#!/usr/bin/env python3
"""Measures the sandbox, and beside it a real control plane in the same run.

    tests/peers/bench-sandbox.py [--skiff PROGRAM] [--runs N] [--releases N] [--only start,peer,rate,releases]

It wants the static binary of `cargo build --release --target x86_64-unknown-linux-musl`, the peers of
tests/peers/build.sh, and etcd. Times are medians of whole processes. Memory is the resident set (VmRSS) of the server, at
rest two seconds after its start or its last request.

    start      `sandbox start` until it returns, which is when the server answers; `install --wait` on a machine that never
               had a sandbox
    peer       etcd, kube-apiserver, kube-controller-manager and kube-scheduler: until ready, and their memory together
    rate       writes a second while 200 watchers follow: every watcher must see every write, in order
    releases   1,000 releases of 100 objects, installed by Skiff, held and listed by Skiff and helm
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import operator
import os
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(os.environ.get("SKIFF_PEERS") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skiff-peers")
STATIC = ROOT / "target/x86_64-unknown-linux-musl/release/skiff"
WATCHERS = 200
WRITES = 10_000
WRITERS = 16
OBJECTS = 100


def resident(pids):
    """The resident memory of processes together, in MB."""
    total = 0
    for pid in pids:
        status = Path(f"/proc/{pid}/status").read_text()
        total += int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    return total / 1000


class Sandbox:
    """One sandbox in a home of its own."""

    def __init__(self, skiff):
        self.skiff = skiff
        self.home = Path(tempfile.mkdtemp(prefix="bench-sandbox-"))
        self.env = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "TZ": "UTC"}
        self.env.update({k: v for k, v in os.environ.items() if k.startswith("MIMALLOC_")})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run("sandbox", "stop")
        shutil.rmtree(self.home, ignore_errors=True)

    def run(self, *words, program=None, env=None):
        done = subprocess.run([program or self.skiff, *words], env={**self.env, **(env or {})}, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{words} failed: {done.stderr}")
        return done.stdout

    def timed(self, *words, **more):
        start = time.monotonic()
        self.run(*words, **more)
        return time.monotonic() - start

    def folder(self):
        return self.home / ".local/share/skiff/sandbox/default"

    def seen(self):
        return json.loads(self.run("sandbox", "status", "-o", "json"))[0]

    def memory(self, rest=2.0):
        time.sleep(rest)
        return resident([self.seen()["pid"]])

    def cpu(self):
        """Seconds of both kinds that the server has used."""
        fields = Path(f"/proc/{self.seen()['pid']}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def disk(self):
        return sum(file.stat().st_size for file in (self.folder() / "state").iterdir()) / 1e6


def median(values, unit=1000):
    return f"{statistics.median(values) * unit:.0f} ms (from {min(values) * unit:.0f} to {max(values) * unit:.0f})"


def row(what, figure):
    print(f"| {what} | {figure} |", flush=True)


def bench_start(skiff, runs):
    web = str(ROOT / "charts-examples/web")
    times = {"on an empty machine": [], "with the state of before": [], "in memory": [], "install": [], "again": []}
    idle, ephemeral, used = [], [], []
    for _ in range(runs):
        with Sandbox(skiff) as sandbox:
            times["on an empty machine"].append(sandbox.timed("sandbox", "start"))
            idle.append(sandbox.memory())
            sandbox.run("sandbox", "stop")
            times["with the state of before"].append(sandbox.timed("sandbox", "start"))
        with Sandbox(skiff) as sandbox:
            times["in memory"].append(sandbox.timed("sandbox", "start", "--ephemeral"))
            ephemeral.append(sandbox.memory())
        with Sandbox(skiff) as sandbox:
            times["install"].append(sandbox.timed("--sandbox", "install", "web", web, "--wait"))
            times["again"].append(sandbox.timed("--sandbox", "install", "again", web, "--wait"))
            used.append(sandbox.memory())
    for name in list(times)[:3]:
        row(f"start to ready, {name}", median(times[name]))
    row("`--sandbox install web charts-examples/web --wait` on an empty machine", median(times["install"]))
    row("the same in the sandbox that runs", median(times["again"]))
    row("memory at rest, on disk", f"{statistics.median(idle):.1f} MB")
    row("memory at rest, in memory", f"{statistics.median(ephemeral):.1f} MB")
    row("memory at rest after two releases", f"{statistics.median(used):.1f} MB")


def bench_peer():
    state = tempfile.mkdtemp(prefix="bench-peer-")
    script = ROOT / "tests/peers/cluster.sh"
    try:
        start = time.monotonic()
        subprocess.run([script, "up", state], check=True, stdout=subprocess.DEVNULL)
        took = time.monotonic() - start
        time.sleep(2)
        memory = resident(Path(state, "pids").read_text().split())
        row("a real control plane, start to ready", f"{took * 1000:.0f} ms")
        row("a real control plane, memory at rest", f"{memory:.0f} MB")
    finally:
        subprocess.run([script, "down", state], check=True)
        shutil.rmtree(state, ignore_errors=True)


class Connection:
    """HTTP/1.1 over TLS by hand: Python's own client would be what is measured."""

    def __init__(self, folder):
        context = ssl.create_default_context(cafile=str(Path(folder, "ca.crt")))
        port = int(Path(folder, "port").read_text())
        plain = socket.create_connection(("127.0.0.1", port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self.head = f"Host: x\r\nAuthorization: Bearer {Path(folder, 'token').read_text().strip()}\r\n".encode()
        self.rest = b""

    def send(self, method, path, body=b""):
        line = f"{method} {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.socket.sendall(line.encode() + self.head + b"\r\n" + body)

    def more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the server hung up")
        self.rest += data

    def answer_head(self):
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        return int(head.split(b" ", 2)[1]), head.lower()

    def answer(self):
        code, head = self.answer_head()
        length = int(re.search(rb"content-length: (\d+)", head)[1])
        while len(self.rest) < length:
            self.more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return code, body


CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def follow(folder, version, count, started, results):
    """Some watchers of one process, each in a thread: the versions they see must grow, and be as many as the writes."""

    def one():
        connection = Connection(folder)
        connection.send("GET", f"{CONFIG_MAPS}?watch=true&resourceVersion={version}&labelSelector=load%3Dyes")
        code, _ = connection.answer_head()
        assert code == 200, code
        started.release()
        seen, last, text = 0, 0, connection.rest
        pattern = re.compile(rb'"resourceVersion":"(\d+)"')
        while seen < WRITES:
            end = text.rfind(b"\n")
            numbers = [last, *map(int, pattern.findall(text, 0, end + 1))]
            assert all(map(operator.lt, numbers, numbers[1:])), numbers
            seen, last, text = seen + len(numbers) - 1, numbers[-1], text[end + 1 :]
            if seen < WRITES:
                data = connection.socket.recv(1 << 16)
                assert data, "the watch ended"
                text += data
        return seen

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        results.put([future.result() for future in [pool.submit(one) for _ in range(count)]])


def write(folder, numbers, go, results):
    """Some writers of one process."""

    def one(mine):
        connection = Connection(folder)
        go.wait()
        for n in mine:
            name = f"c{n}"
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"load": "yes"}}}
            connection.send("POST", CONFIG_MAPS, json.dumps(body).encode())
            code, text = connection.answer()
            assert code == 201, text

    threads = WRITERS // 2
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(one, numbers[place::threads]) for place in range(threads)]:
            future.result()
    results.put(len(numbers))


def bench_rate(skiff, ephemeral):
    with Sandbox(skiff) as sandbox:
        sandbox.run("sandbox", "start", *(["--ephemeral"] if ephemeral else []))
        folder = str(sandbox.folder())
        first = Connection(folder)
        first.send("GET", f"{CONFIG_MAPS}?limit=1")
        version = json.loads(first.answer()[1])["metadata"]["resourceVersion"]
        fork = multiprocessing.get_context("fork")
        started, go, seen, written = fork.Semaphore(0), fork.Event(), fork.Queue(), fork.Queue()
        halves = [(folder, version, WATCHERS // 2, started, seen)] * 2
        processes = [fork.Process(target=follow, args=half) for half in halves]
        processes += [fork.Process(target=write, args=(folder, range(place, WRITES, 2), go, written)) for place in range(2)]
        for process in processes:
            process.start()
        for _ in range(WATCHERS):
            started.acquire()
        time.sleep(0.5)
        before, start = sandbox.cpu(), time.monotonic()
        go.set()
        done = written.get() + written.get()
        took = time.monotonic() - start
        counts = seen.get() + seen.get()
        all_seen = time.monotonic() - start
        for process in processes:
            process.join()
        assert done == WRITES and counts == [WRITES] * WATCHERS, counts
        where = "in memory" if ephemeral else "on disk"
        rate = f"{WRITES / took:,.0f} a second; all had seen all {1000 * (all_seen - took):,.0f} ms after the last"
        row(f"{WRITES:,} writes, {WATCHERS} watchers, {where}", rate)
        used = sandbox.cpu() - before
        row(f"CPU time of the server for that, {where}", f"{used:.1f} s, that is {WRITES / used:,.0f} writes a second of one core")
        row(f"memory after that, {where}", f"{sandbox.memory():.1f} MB")


def bench_releases(skiff, releases):
    with Sandbox(skiff) as sandbox:
        chart = sandbox.home / "chart"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: hundred\nversion: 0.1.0\n")
        template = f"""{{{{- range $n := until {OBJECTS} }}}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{{{ $.Release.Name }}}}-{{{{ $n }}}}
  labels: {{app.kubernetes.io/instance: {{{{ $.Release.Name }}}}, app.kubernetes.io/managed-by: Helm}}
data: {{greeting: Hello from number {{{{ $n }}}}, settings.yaml: "level: info"}}
{{{{- end }}}}
"""
        (chart / "templates/all.yaml").write_text(template)
        sandbox.run("sandbox", "start")
        for place in range(10):
            namespace = f'{{"metadata":{{"name":"team-{place}"}}}}'.encode()
            connection = Connection(sandbox.folder())
            connection.send("POST", "/api/v1/namespaces", namespace)
            assert connection.answer()[0] == 201

        def install(number):
            words = ["--sandbox", "install", f"r{number}", str(chart), "--namespace", f"team-{number % 10}"]
            return sandbox.timed(*words)

        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(install, range(releases)))
        took = time.monotonic() - start
        row(f"{releases:,} releases of {OBJECTS} objects, 8 at a time", f"{took:.1f} s, {releases * OBJECTS / took:,.0f} objects a second")
        row("memory after that", f"{sandbox.memory():.1f} MB")
        row("the file", f"{sandbox.disk():.0f} MB")
        for name, program, environment, words in [
            ("skiff", None, {}, ["--sandbox"]),
            ("helm", PEERS / "bin/helm", {"KUBECONFIG": str(sandbox.folder() / "kubeconfig")}, []),
        ]:
            words = [*words, "list", "-A", "--max", "0", "-o", "json"]
            listed = json.loads(sandbox.run(*words, program=program, env=environment))
            assert len(listed) == releases, len(listed)
            times = [sandbox.timed(*words, program=program, env=environment) for _ in range(5)]
            row(f"`{name} list -A --max 0`, {releases:,} releases", median(times))
        row("memory after the lists", f"{sandbox.memory():.1f} MB")
        sandbox.run("sandbox", "stop")
        row("start to ready with that state", f"{sandbox.timed('sandbox', 'start') * 1000:.0f} ms")
        row("memory at rest with that state", f"{sandbox.memory():.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skiff", default=str(STATIC))
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--releases", type=int, default=1000)
    parser.add_argument("--only", default="start,peer,rate,releases")
    args = parser.parse_args()
    skiff = str(Path(args.skiff).resolve())
    if not os.access(skiff, os.X_OK):
        sys.exit(f"{skiff} is missing: cargo build --release --target x86_64-unknown-linux-musl")
    print("| what | figure |\n|---|---|")
    for part in args.only.split(","):
        if part == "start":
            bench_start(skiff, args.runs)
        elif part == "peer":
            bench_peer()
        elif part == "rate":
            bench_rate(skiff, ephemeral=False)
            bench_rate(skiff, ephemeral=True)
        elif part == "releases":
            bench_releases(skiff, args.releases)
        else:
            sys.exit(f"unknown part {part!r}")


if __name__ == "__main__":
    threading.stack_size(256 << 10)
    main()
