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


def trimmed(rows):
    """Rows without their empty cells at the end."""
    for row in rows:
        while not row[-1]:
            row.pop()
        yield row


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


def documents(server):
    """The schemas of all OpenAPI v3 documents, by name; the parts that differ between documents are left out."""
    schemas = {}
    for path in server.get("/openapi/v3")["paths"]:
        document = server.get("/openapi/v3/" + path)
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            if name in schemas and schemas[name] != schema:
                schema = {key: value for key, value in schema.items() if key != "x-kubernetes-group-version-kind"}
            schemas[name] = schema
    return schemas


def go_types():
    """What tests/peers/go-types tells: by type, its fields' Go types, underlying types and zero values."""
    folder = ROOT / "tests" / "peers" / "go-types"
    output = subprocess.run(["go", "run", "."], cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout
    fields = {}
    for line in output.splitlines():
        name, field, *facts = line.split("\t")
        fields[name, field] = facts
    return fields


def ordinary(schema):
    """The Go type that a field of this schema ordinarily has; the sandbox works it out likewise."""
    reference = schema.get("$ref") or (schema["allOf"][0]["$ref"] if "allOf" in schema else None)
    if reference:
        parts = reference.split("/")[-1].split(".")
        return ".".join(parts[-2:])
    kind = schema.get("type")
    if kind == "array":
        return "[]" + ordinary(schema["items"])
    if "additionalProperties" in schema:
        return "map[string]" + ordinary(schema["additionalProperties"])
    if kind == "string" and schema.get("format") == "byte":
        return "[]uint8"
    if kind in ("integer", "number"):
        return {"int32": "int32", "int64": "int64", "double": "float64"}.get(schema.get("format"), "int")
    return {"string": "string", "boolean": "bool"}.get(kind, "")


def escaped(text):
    return json.dumps(text, ensure_ascii=False)[1:-1]


def list_type(schema):
    kind = schema.get("x-kubernetes-list-type", "")
    keys = schema.get("x-kubernetes-list-map-keys")
    return f"{kind}:{','.join(keys)}" if keys else kind


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def text_beyond(name, schema):
    """What the schemas in k8s-openapi lack of the description: that of lists and watch events, and enums' values."""
    text = schema.get("description", "")
    known, marker, values = text.partition("\nPossible enum values:\n")
    if marker:
        return escaped(text[len(known.rstrip()):])
    last = name.split(".")[-1]
    return escaped(text) if last.endswith("List") or last == "WatchEvent" else ""


def facts(name, schema, go):
    """A row's cells after the type and the field; a default that stands with a list's items or a map's values last."""
    go_type, underlying, zero = go
    pointer = "*" if go_type.startswith("*") else ""
    go_type = go_type.lstrip("*")
    inner = schema.get("items") or schema.get("additionalProperties") or {}
    return [
        compact(schema["default"]) if "default" in schema else "",
        list_type(schema),
        schema.get("x-kubernetes-map-type", ""),
        schema.get("x-kubernetes-patch-strategy", ""),
        schema.get("x-kubernetes-patch-merge-key", ""),
        "|".join(schema.get("enum", [])),
        text_beyond(name, schema),
        pointer,
        "" if go_type == ordinary(schema) else go_type,
        underlying,
        zero,
        compact(inner["default"]) if "default" in inner else "",
        compact(inner["items"]["default"]) if "default" in inner.get("items", {}) else "",
        "|".join(inner.get("enum", [])),
    ]


FACTS = ["default", "list type", "map type", "patch strategy", "merge key", "enum", "more text", "pointer", "go type",
         "underlying", "zero", "inner default", "inmost default", "inner enum"]


def types(schemas):
    """Types and their fields: what the schemas in k8s-openapi lack."""
    go = go_types()
    for name, schema in sorted(schemas.items()):
        custom = go.get((name, ""), [""])[0] == "custom"
        own = facts(name, schema, ["custom" if custom else "", "", ""])
        gvks = [gvk(of["group"], of["version"], of["kind"]) for of in schema.get("x-kubernetes-group-version-kind", [])]
        unions = schema.get("x-kubernetes-unions")
        yield [name, "", *own, ",".join(schema.get("required", [])), " ".join(gvks), compact(unions) if unions else ""]
        for field, inner in sorted(schema.get("properties", {}).items()):
            cells = facts(name, inner, go.get((name, field), ["", "", ""]))
            if field in ("apiVersion", "kind") and name.endswith("List"):
                continue  # the same everywhere
            if any(cells):
                yield ["", field, *cells]


def everywhere(document):
    """The kinds that exist in every group and version, as OpenAPI v2 lists them."""
    for name, schema in sorted(document["definitions"].items()):
        gvks = schema.get("x-kubernetes-group-version-kind", [])
        if len(gvks) > 1:
            yield [name, " ".join(f"{of['group']}/{of['version']}" for of in gvks)]


def parameters(server):
    """The parameters that operations on resources have: where, name, type, required, text. PATCH has a fieldManager of
    its own."""
    found = {}
    for item in server.get("/openapi/v3/apis/apps/v1")["paths"].values():
        for method, operation in item.items():
            for parameter in operation if method == "parameters" else operation.get("parameters", []):
                name = parameter["name"]
                known = found.setdefault(name, parameter)
                if name != "name" and known != parameter:
                    found[name + " of patches"] = parameter
    del found["name"]
    for name, parameter in sorted(found.items()):
        required = "1" if parameter.get("required") else ""
        yield [parameter["in"], name, parameter["schema"]["type"], required, escaped(parameter["description"])]


def columns(server, versions):
    """The columns of each resource's Table; `=` is the text of the first column of that name."""
    texts = {}
    for group, version, *_ in versions:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        for found in server.get(path)["resources"]:
            if "list" not in found["verbs"] or "/" in found["name"]:
                continue
            shown = server.get(f"{path}/{found['name']}?limit=1", "application/json;as=Table;g=meta.k8s.io;v=v1")
            for column in shown["columnDefinitions"]:
                text = escaped(column["description"])
                same = texts.setdefault(column["name"], text) == text and column["name"] in ("Name", "Age")
                first = (group, found["name"]) == ("", "componentstatuses" if column["name"] == "Name" else "configmaps")
                yield [group, version, found["name"], column["name"], column["type"], column["format"],
                       str(column["priority"]), "=" if same and not first else text]


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
        "types.tsv": table(
            ["type", "field", *FACTS, "required", "groups, versions and kinds", "unions"],
            trimmed(types(documents(server)))),
        "columns.tsv": table(
            ["group", "version", "resource", "column", "type", "format", "priority", "text"],
            columns(server, versions)),
        "parameters.tsv": table(["in", "name", "type", "required", "text"], parameters(server)),
        "everywhere.tsv": table(["type", "groups and versions"], everywhere(document)),
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
