"""All objects that a chart's life made, as values that compare: what servers make up is masked."""
import base64
import gzip
import json
import re
import time
from collections import Counter

UID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
TIME = re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?[+-]\d{4} UTC( m=\+[\d.]+)?|[+-]\d\d:\d\d| ?Z)?")
LONG_TIME = re.compile(r"\b\w{3} \w{3} +\d+ \d\d:\d\d:\d\d 20\d\d\b")
ADDRESS = re.compile(r"\b(10|127)\.(96|244)\.\d+\.\d+\b")
TOKEN = re.compile(r"\bkube-api-access-[a-z0-9]{5}\b")
CHECKSUM = re.compile(r"\b[0-9a-f]{32,}\b")
SPACES = re.compile(r" {2,}")
LINE_MASKS = (
    (CHECKSUM, "<checksum>"),
    (re.compile(r"-----BEGIN .*?-----END [A-Z ]+-----", re.S), ""),
    (re.compile(r"\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d \+0000"), "<time>"),
    (re.compile(r"(NodePort: +\S+ +)\d+|(?<=:)3\d{4}(?=/)"), r"\1<nodePort>"),
    (re.compile(r"\b\d+ bytes\b"), "<size>"),
    (re.compile(r"\b(\d+[dhms]){1,2}\b|<unknown>"), "<age>"),
    # The state of another API server, which the sandbox does not follow.
    (re.compile(r"False \(\w+\)|\bUnknown\b"), "<aggregated>"),
)
LIFE = re.compile(r"\blife-\d{5}\b")
# Nobody answers for a service of a webhook on either side; in which words that is said depends on the machine.
UNANSWERED = re.compile(r'failed to call webhook: Post \\*"[^"]*": [^"\\]*')
MASKS = ((UID, "<uid>"), (TIME, "<time>"), (LONG_TIME, "<time>"), (ADDRESS, "<address>"), (TOKEN, "kube-api-access-<name>"),
         (UNANSWERED, "failed to call webhook: <unanswered>"))

# Kinds that tell of a server and not of a release.
SKIPPED = {"Event", "Lease", "Node", "CSINode", "ComponentStatus", "APIService", "IPAddress", "ServiceCIDR"}
# Statuses that tell of time (autoscalers and cron jobs look at the clock), of the node, which is played on one side, or of
# load balancers, which the real control plane does not have.
TIMED = {"Pod", "HorizontalPodAutoscaler", "CronJob", "Service", "Ingress"}
# Which changes of pods a controller sees at once is chance, and with it these.
BATCHED = {"EndpointSlice", "Endpoints"}
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}
QUIET, PATIENCE, LONGEST = 0.7, 3.0, 30.0


def text_masked(text, namespace=""):
    """A text that a program printed or a server holds."""
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    text = LIFE.sub("<namespace>", text)
    return text.replace(namespace, "<namespace>") if namespace else text


def lines_masked(lines, namespace, generated):
    """The lines of tables and descriptions, each once and sorted: with ages and names also widths and orders change."""
    text = text_masked("\n".join(lines), namespace)
    text = generated.sub("<generated>", text) if generated else text
    for pattern, word in LINE_MASKS:
        text = pattern.sub(word, text)
    return sorted({SPACES.sub("  ", line).rstrip() for line in text.splitlines()} - {""})


def printed(done, namespace):
    """What a program printed, line by line; where an error has no fixed length, tables have no fixed widths."""
    done = [text_masked(one, namespace) if isinstance(one, str) else one if isinstance(one, int) else
            [text_masked(line, namespace) for line in one] for one in done]
    if "<unanswered>" in str(done):
        done = [[SPACES.sub("  ", line).rstrip() for line in one] if isinstance(one, list) else one for one in done]
    return done


def listed(api, namespace, known=()):
    """All objects but those known, of cluster scope, of `namespace` and of namespaces that are no other life's."""
    found = []
    for path, group, kind, _ in api.resources():
        if kind in SKIPPED:
            continue
        for item in api.get(path).get("items") or []:
            meta = item["metadata"]
            home = meta["name"] if kind == "Namespace" else meta.get("namespace", "")
            if meta["uid"] in known or (LIFE.fullmatch(home) and home != namespace):
                continue
            found.append((path, group, item | {"kind": kind}))
    return found


def settled(api, namespace, known):
    """The objects, once the server's revision rests: for a moment where all workloads are done, else for a while."""
    started = quiet = looked = time.monotonic()
    last, patience = None, PATIENCE
    while True:
        revision, moment = api.revision(), time.monotonic()
        if revision != last:
            last, quiet, looked = revision, moment, None
        calm = moment - quiet
        if calm >= QUIET and looked is None:
            looked = moment
            found = without_chance(listed(api, namespace, known))
            # Pods that are ready count only after a while.
            patience = PATIENCE + max((o["spec"].get("minReadySeconds", 0) for _, _, o in found
                                       if o["kind"] in WORKLOADS), default=0)
            # What was written while we read may be in one list and not in another.
            if all(done(o) for _, _, o in found) and api.revision() == revision:
                return found
        if calm >= patience or moment - started > LONGEST:
            return without_chance(listed(api, namespace, known))
        time.sleep(0.15)


def done(item):
    """Whether an object is where its controller wants it."""
    kind, spec, status, meta = item["kind"], item.get("spec") or {}, item.get("status") or {}, item["metadata"]
    if "deletionTimestamp" in meta:
        return False
    if kind == "Pod":
        return status.get("phase") != "Pending"
    if kind == "PersistentVolumeClaim":
        return status.get("phase") == "Bound"
    if kind == "Job":
        return any(c["type"] in ("Complete", "Failed") and c["status"] == "True" for c in status.get("conditions", []))
    if kind == "DaemonSet":
        return status.get("observedGeneration") == meta["generation"] and status.get("desiredNumberScheduled") == \
            status.get("numberAvailable", 0) == status.get("updatedNumberScheduled", 0)
    if kind in ("Deployment", "StatefulSet", "ReplicaSet"):
        wanted = spec.get("replicas", 1)
        ready = status.get("availableReplicas", 0) == status.get("replicas", 0) == wanted
        rolled = kind == "ReplicaSet" or status.get("updatedReplicas", 0) == wanted
        return status.get("observedGeneration") == meta["generation"] and ready and rolled
    return True


def without_chance(found):
    """Jobs of cron jobs come by the clock, others go by it. A role that aggregates others may be written once more, and so
    anew, by the real server's controller after it was deleted: with no rules and no labels."""
    jobs = {o["metadata"]["uid"] for _, _, o in found if o["kind"] == "Job" and
            ("ttlSecondsAfterFinished" in o["spec"] or
             any(owner["kind"] == "CronJob" for owner in o["metadata"].get("ownerReferences", [])))}
    husks = {o["metadata"]["uid"] for _, _, o in found if o["kind"] == "ClusterRole" and o.get("rules") is None
             and not o["metadata"].get("labels")}
    return [entry for entry in found if entry[2]["metadata"]["uid"] not in jobs | husks and
            not any(owner["uid"] in jobs for owner in entry[2]["metadata"].get("ownerReferences", []))]


def names(found):
    """What was generated: suffixes of names, hashes of templates."""
    words = set()
    for _, _, item in found:
        meta = item["metadata"]
        prefix, labels = meta.get("generateName", ""), meta.get("labels", {})
        if prefix and meta["name"].startswith(prefix):
            words.add(meta["name"][len(prefix):])
        for label in ("pod-template-hash", "controller-revision-hash"):
            words.add(labels.get(label, "").rsplit("-", 1)[-1])
        if item["kind"] == "ControllerRevision":
            words.add(meta["name"].rsplit("-", 1)[-1])
    words = sorted((word for word in words if len(word) >= 5), key=len, reverse=True)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, words))})(?![A-Za-z0-9])") if words else None


def masked(found, namespace):
    """Objects by kind and name; a list where generated names make several alike."""
    generated, by_name = names(found), {}
    for _, group, item in found:
        item = scrubbed(item)
        text = text_masked(json.dumps(item), namespace)
        if generated:
            text = generated.sub("<generated>", text)
        item = json.loads(text)
        meta = item["metadata"]
        key = f"{item['kind']}{'.' if group else ''}{group} {meta.get('namespace', '')}/{meta['name']}"
        by_name.setdefault(key, []).append(item)
    return {key: several[0] if len(several) == 1 else sorted(several, key=rank) for key, several in by_name.items()}


def rank(item):
    """Revisions by number; others by what is in them, checksums aside, since names of namespaces may be in those."""
    revision = item["metadata"].get("annotations", {}).get("deployment.kubernetes.io/revision") or item.get("revision", 0)
    return int(revision), CHECKSUM.sub("", json.dumps(item, sort_keys=True))


def scrubbed(item):
    """The object without what time, chance and the node decide."""
    item = dict(item)
    kind, meta = item["kind"], dict(item["metadata"])
    item["metadata"] = meta
    item.pop("apiVersion", None)
    entries = [{k: v for k, v in entry.items() if k != "time"} for entry in meta.get("managedFields", [])
               if kind not in TIMED or "subresource" not in entry]
    meta["managedFields"] = sorted(entries, key=lambda e: json.dumps(e, sort_keys=True))
    if kind in TIMED:
        status = item.pop("status", {})
        if kind == "Service" and status.get("conditions"):
            item["status"] = {"conditions": status["conditions"]}
    if kind == "PersistentVolume":
        # Made by the provisioner, which is ours on one side.
        meta["managedFields"] = []
    if kind in BATCHED:
        meta.pop("generation", None)
        meta["annotations"] = {k: v for k, v in meta.get("annotations", {}).items() if k != TRIGGER}
        meta["managedFields"] = [sorted({entry["manager"] for entry in entries})]
    if kind == "ConfigMap" and meta["name"] == "kube-root-ca.crt":
        item["data"] = sorted(item.get("data", {}))
    if kind == "Secret" and item.get("type") == "kubernetes.io/service-account-token":
        item["data"] = sorted(item.get("data") or {})
    if kind == "Secret" and item.get("type") == "helm.sh/release.v1":
        item["data"] = {"release": record(item["data"]["release"])}
        meta["labels"] = {k: v for k, v in meta["labels"].items() if k != "modifiedAt"}
    for subset in item.get("subsets") or [] if kind == "Endpoints" else []:
        for part in ("addresses", "notReadyAddresses"):
            if part in subset:
                subset[part] = sorted(subset[part], key=by_target)
    if kind == "EndpointSlice" and item.get("endpoints"):
        item["endpoints"] = sorted(item["endpoints"], key=by_target)
    return varying(item)


def by_target(entry):
    return entry.get("targetRef", {}).get("name", ""), json.dumps(entry, sort_keys=True)


def varying(value, key=""):
    """Versions, ports and resources' order that a server chooses."""
    if isinstance(value, dict):
        return {k: varying(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [varying(item, key) for item in value]
    if key in ("resourceVersion", "nodePort", "healthCheckNodePort") and value not in ("", 0):
        return f"<{key}>"
    return value


def record(text):
    """A release as Helm stores it, read."""
    release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(text))))
    chart = release.get("chart") or {}
    # The same bytes as the chart on disk, and large.
    release["chart"] = {"metadata": chart.get("metadata"), "values": chart.get("values"),
                        "templates": sorted(t["name"] for t in chart.get("templates") or [])}
    if isinstance(release.get("hooks"), list):
        release["hooks"] = sorted(release["hooks"], key=lambda hook: (hook["path"], hook["kind"], hook["name"]))
    return release


def differences(want, got, place=""):
    """Places where two values differ, with both."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(want.keys() | got.keys()):
            yield from differences(want.get(key), got.get(key), f"{place}/{key}")
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for number, (a, b) in enumerate(zip(want, got)):
            yield from differences(a, b, f"{place}/{number}")
    elif want != got and all(isinstance(side, list) and all(isinstance(line, str) for line in side) for side in (want, got)):
        # Lines: those that only one side has.
        yield place, list((Counter(want) - Counter(got)).elements()), list((Counter(got) - Counter(want)).elements())
    elif want != got:
        yield place, want, got


# The order in which leftovers go: what could stop the rest from going, first.
FIRST = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicyBinding",
         "ValidatingAdmissionPolicy", "CustomResourceDefinition")


def sweep(api, namespace, known):
    """Deletes what a life left behind; its namespace ends in its own time, definitions are waited for."""
    left = [entry for entry in listed(api, namespace, known) if entry[2]["metadata"].get("namespace", "") != namespace]
    left.sort(key=lambda entry: FIRST.index(entry[2]["kind"]) if entry[2]["kind"] in FIRST else len(FIRST))
    definitions = []
    for path, _, item in left:
        meta = item["metadata"]
        home = f"/namespaces/{meta['namespace']}" if meta.get("namespace") else ""
        prefix, plural = path.rsplit("/", 1)
        api.ask("DELETE", f"{prefix}{home}/{plural}/{meta['name']}", {"propagationPolicy": "Background"})
        if item["kind"] == "CustomResourceDefinition":
            definitions.append(f"{path}/{meta['name']}")
    end = time.monotonic() + LONGEST
    while definitions and time.monotonic() < end:
        definitions = [path for path in definitions if api.ask("GET", path)[0] != 404]
        time.sleep(0.1)
