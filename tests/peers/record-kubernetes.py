#!/usr/bin/env python3
"""Records what the sandbox knows of Kubernetes' built-in kinds from the real API server, as compact tables.

    tests/peers/record-kubernetes.py            starts tests/peers/cluster.sh's control plane, writes sandbox/tables/
    tests/peers/record-kubernetes.py --check    compares the tables with what the server says now; exit code 1 if they differ

The tables' first lines name their columns.
"""
import json
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ROOT / "sandbox" / "tables"


class Server:
    """The real API server, asked as its administrator."""

    def __init__(self, kubeconfig):
        text = pathlib.Path(kubeconfig).read_text()
        self.url = text.split('server: "')[1].split('"')[0]
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def get(self, path, accept="application/json"):
        headers = {"Authorization": "Bearer admin-token", "Accept": accept}
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, context=self.context) as answer:
            return json.load(answer)


def table(columns, rows):
    return "".join("\t".join(row) + "\n" for row in [columns, *rows])


def gvk(group, version, kind):
    return f"{group}/{version}/{kind}"


def type_names(document):
    """The definitions' names by group, version and kind."""
    names = {}
    for name, schema in document["definitions"].items():
        gvks = schema.get("x-kubernetes-group-version-kind", [])
        if len(gvks) == 1:
            names[gvk(gvks[0]["group"], gvks[0]["version"], gvks[0]["kind"])] = name
    return names


def groups(server):
    """Groups and versions in the order in which discovery lists them."""
    priorities = {}
    for service in server.get("/apis/apiregistration.k8s.io/v1/apiservices")["items"]:
        spec = service["spec"]
        key = (spec.get("group", ""), spec["version"])
        priorities[key] = (spec["groupPriorityMinimum"], spec["versionPriority"])
    # The aggregator's own group has no APIService; it is listed first.
    priorities[("apiregistration.k8s.io", "v1")] = (20000, 15)
    rows = [("", "v1")]
    for group in server.get("/apis")["groups"]:
        assert group["preferredVersion"] == group["versions"][0], group
        rows += [(group["name"], version["version"]) for version in group["versions"]]
    return [[*row, *map(str, priorities[row])] for row in rows]


def resources(server, versions, names):
    """Resources and subresources, in discovery's order; a subresource's name holds a slash."""
    for group, version, *_ in versions:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        for found in server.get(path)["resources"]:
            of_kind = (found.get("group", group), found.get("version", version), found["kind"])
            foreign = f"{of_kind[0]}/{of_kind[1]}" if of_kind[:2] != (group, version) else ""
            yield [
                group, version, found["name"], found["kind"], found["singularName"],
                "1" if found["namespaced"] else "0", ",".join(found.get("shortNames", [])),
                ",".join(found.get("categories", [])), ",".join(found["verbs"]),
                found.get("storageVersionHash", ""), foreign, names.get(gvk(*of_kind), ""),
            ]


def record(server):
    """All tables: file names and contents."""
    document = server.get("/openapi/v2")
    versions = groups(server)
    return {
        "groups.tsv": table(["group", "version", "group priority", "version priority"], versions),
        "resources.tsv": table(
            ["group", "version", "name", "kind", "singular", "namespaced", "short names", "categories", "verbs",
             "storage version hash", "group and version of the kind", "type"],
            list(resources(server, versions, type_names(document)))),
    }


def control_plane():
    """The kubeconfig of a fresh control plane, and the process that ends it when its input closes."""
    state = tempfile.mkdtemp(prefix="record-kubernetes-")
    script = ROOT / "tests" / "peers" / "cluster.sh"
    process = subprocess.Popen(
        [script, "run", state], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    kubeconfig = process.stdout.readline().strip()
    if not kubeconfig:
        shutil.rmtree(state, ignore_errors=True)
        sys.exit("record-kubernetes: the control plane did not start")
    return kubeconfig, process


def main():
    kubeconfig, process = control_plane()
    try:
        tables = record(Server(kubeconfig))
    finally:
        process.stdin.close()
        process.wait()
    differing = []
    for name, text in tables.items():
        path = TABLES / name
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text() != text:
                differing.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"{path.relative_to(ROOT)}: {len(text)} bytes")
    if differing:
        sys.exit("the server says otherwise than " + ", ".join(differing))


if __name__ == "__main__":
    main()
