#!/usr/bin/env python3
"""Records the roles and bindings that a new cluster has, for the sandbox.

    tests/peers/record-rbac.py KUBECONFIG >sandbox/tables/rbac.jsonl

One object a line, as JSON: what the API server makes at its first start, without the metadata that differs each time.
"""
import json
import os
import subprocess
import sys

BIN = os.path.join(os.environ.get("SKIFF_PEERS") or os.path.expanduser("~/.cache/skiff-peers"), "bin")
KEPT = ("name", "namespace")


def main(kubeconfig):
    text = subprocess.run(
        [os.path.join(BIN, "kubectl"), "--kubeconfig", kubeconfig, "get", "-A", "-o", "json",
         "-l", "kubernetes.io/bootstrapping=rbac-defaults",
         "clusterroles,clusterrolebindings,roles,rolebindings"],
        check=True, capture_output=True, text=True).stdout
    items = json.loads(text)["items"]
    items.sort(key=lambda item: (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]))
    for item in items:
        labels = dict(item["metadata"]["labels"])
        del labels["kubernetes.io/bootstrapping"]
        line = {"kind": item["kind"]}
        line.update({key: item["metadata"][key] for key in KEPT if key in item["metadata"]})
        if labels:
            line["labels"] = labels
        for key in ("aggregationRule", "rules", "roleRef", "subjects"):
            if item.get(key) is not None:
                line[key] = item[key]
        print(json.dumps(line, separators=(",", ":"), sort_keys=True))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
