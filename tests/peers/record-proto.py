#!/usr/bin/env python3
"""Records the fields' numbers of Kubernetes' protobuf messages, for the sandbox.

    tests/peers/record-proto.py >sandbox/tables/proto.tsv

A line for each message: its name without k8s.io, then NUMBER:NAME:TYPE for each field, by JSON's names, which are empty
for what JSON puts into the message around it. A type is a scalar's letter or a message's name, with * before it where it
is repeated, % where it is a map of texts to it, and ! where zero is kept, since it differs from nothing.
"""
import pathlib
import re
import subprocess

SCALARS = {"string": "s", "bytes": "b", "bool": "t", "int32": "i", "int64": "i", "uint32": "i", "uint64": "i",
           "double": "d", "float": "f"}
MODULES = ["k8s.io/api@v0.36.3", "k8s.io/apimachinery@v0.36.3"]
FIELD = re.compile(r"^\s*(optional|repeated|map<string,\s*([.\w]+)>|map<string, ([.\w]+)>)\s*([.\w]*)\s+(\w+) = (\d+)")


TAG = re.compile(r'^\s+(?:\w+\s+)?(\S+)\s+`json:"([^",]*)(,[^"]*)?"\s+protobuf:"[^"]*\bname=(\w+)')
LEFT_OUT = re.compile(r"v\w*alpha\d|^api\.(extensions|imagepolicy|apidiscovery|apiserverinternal)|testapigroup|"
                      r"^api\.(apps|policy|batch|networking|rbac|storage|scheduling|autoscaling|events|authentication|"
                      r"authorization|admission|coordination|discovery|node|flowcontrol|certificates)\.v\dbeta")


def tags(folder):
    """By struct and protobuf name: the JSON name, and whether zero is kept."""
    found, struct = {}, ""
    for path in folder.glob("*.go"):
        if path.name.startswith("zz_") or path.name == "generated.pb.go":
            continue
        for line in path.read_text().splitlines():
            if match := re.match(r"type (\w+) struct", line):
                struct = match[1]
            elif match := TAG.match(line):
                kind, name, options, proto = match.groups()
                options = options or ""
                inline = "inline" in options
                keep = kind.startswith("*") or "omitempty" not in options
                found[struct, proto] = ("" if inline else name, keep)
    return found


def short(package, name):
    name = name.lstrip(".")
    if "." not in name:
        name = f"{package}.{name}"
    return name.replace("k8s.io.", "").replace("apimachinery.pkg.", "")


def main():
    cache = pathlib.Path(subprocess.run(["go", "env", "GOMODCACHE"], check=True, capture_output=True,
                                        text=True).stdout.strip())
    for module in MODULES:
        for path in sorted((cache / module).rglob("generated.proto")):
            package, message, fields, known = "", "", [], tags(path.parent)
            for line in path.read_text().splitlines():
                if match := re.match(r"package ([\w.]+);", line):
                    package = match[1]
                elif match := re.match(r"message (\w+) \{", line):
                    message, fields = match[1], []
                elif line == "}" and message:
                    name = short(package, message)
                    if not LEFT_OUT.search(name) and not message.endswith("List"):
                        print("\t".join([name, *fields]))
                    message = ""
                elif message and (match := FIELD.match(line)):
                    value = match[2] or match[3] or match[4]
                    kind = SCALARS.get(value) or short(package, value)
                    mark = "*" if match[1] == "repeated" else "%" if match[1].startswith("map") else ""
                    name, keep = known.get((message, match[5]), (match[5], False))
                    zero = "!" if keep and not mark and len(kind) == 1 else ""
                    fields.append(f"{match[6]}:{name}:{zero}{mark}{kind}")


if __name__ == "__main__":
    main()
