"""Plays the kubelet, the provisioner of volumes and load balancers on a control plane that has none of them.

The node and the storage class are those of the sandbox, so that schedulers and admission have the same to work with on
both sides. Every pod that can start is ready at once, or succeeds where it does not run for ever; a deleted pod is gone
at once; every claim of the class gets a volume, services and ingresses their addresses as the sandbox gives them. A pod
whose config maps or secrets are missing waits, as on a node: without an address where a volume lacks them.
"""
import datetime
import sys
import threading
import time

POLL = 0.15
HEARTBEAT = 10
VOLUME, ENVIRONMENT = "ContainerCreating", "CreateContainerConfigError"


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def items(api, path):
    return api.get(path).get("items") or []


class Kubelet(threading.Thread):
    """A thread that looks when the server's revision has moved; it lives as long as the program."""

    def __init__(self, api, model):
        super().__init__(daemon=True)
        self.api, self.addresses, self.beat, self.seen = api, 256, 0, None
        node = items(model, "/api/v1/nodes")[0]
        self.status, self.name = node["status"], node["metadata"]["name"]
        node["metadata"] = {k: node["metadata"][k] for k in ("name", "labels", "annotations")}
        node["spec"].pop("taints", None)
        self.make("/api/v1/nodes", node)
        for storage in items(model, "/apis/storage.k8s.io/v1/storageclasses"):
            storage["metadata"] = {k: storage["metadata"][k] for k in ("name", "annotations")}
            self.make("/apis/storage.k8s.io/v1/storageclasses", {
                **storage, "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass"})

    def make(self, path, value):
        value.setdefault("apiVersion", "v1")
        value.setdefault("kind", "Node")
        code, answer = self.api.ask("POST", path, value)
        if code not in (201, 409):
            raise RuntimeError(f"{path}: {answer}")

    def run(self):
        while True:
            try:
                self.look()
            except OSError:
                # The control plane is busy, or at its end: who compares will see.
                time.sleep(1)
            except (KeyError, ValueError, TypeError) as error:
                print(f"kubelet: {error!r}", file=sys.stderr, flush=True)
                time.sleep(1)
            time.sleep(POLL)

    def look(self):
        if time.monotonic() - self.beat > HEARTBEAT:
            self.beat = time.monotonic()
            for condition in self.status["conditions"]:
                condition["lastHeartbeatTime"] = now()
            self.api.ask("PATCH", f"/api/v1/nodes/{self.name}/status", {"status": self.status}, "merge")
        revision = self.api.revision()
        if revision == self.seen:
            return
        self.seen = revision
        for pod in items(self.api, f"/api/v1/pods?fieldSelector=spec.nodeName={self.name}"):
            self.pod(pod)
        for claim in items(self.api, "/api/v1/persistentvolumeclaims"):
            self.claim(claim)
        for service in items(self.api, "/api/v1/services"):
            self.balancer("/api/v1", "services", service, service["spec"].get("type") == "LoadBalancer" and {
                "ip": "127." + service["spec"]["clusterIP"].split(".", 1)[1], "ipMode": "VIP"})
        for ingress in items(self.api, "/apis/networking.k8s.io/v1/ingresses"):
            self.balancer("/apis/networking.k8s.io/v1", "ingresses", ingress, {"ip": "127.0.0.1"})
        for volume in items(self.api, "/api/v1/persistentvolumes"):
            if volume.get("status", {}).get("phase") in ("Released", "Failed"):
                self.api.ask("DELETE", f"/api/v1/persistentvolumes/{volume['metadata']['name']}")

    def balancer(self, prefix, plural, item, address):
        """Gives an address to what wants one and has none, and takes it from what does not want one any more."""
        meta, present = item["metadata"], bool(item.get("status", {}).get("loadBalancer", {}).get("ingress"))
        if present != bool(address):
            path = f"{prefix}/namespaces/{meta['namespace']}/{plural}/{meta['name']}/status?fieldManager=kubelet"
            self.api.ask("PATCH", path, {"status": {"loadBalancer": {"ingress": [address] if address else None}}}, "merge")

    def pod(self, pod):
        meta, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        if "deletionTimestamp" in meta:
            self.api.ask("DELETE", path, {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})
            return
        if status.get("phase") != "Pending":
            return
        waits = self.lacks(meta["namespace"], spec)
        if waits and status.get("containerStatuses"):
            return
        ends = spec.get("restartPolicy") in ("Never", "OnFailure")
        self.api.ask("PATCH", f"{path}/status?fieldManager=kubelet",
                     {"status": self.told(meta, spec, ends, waits)}, "strategic")

    def told(self, meta, spec, ends, waits):
        """A pod's status: waiting, running or at its end."""
        self.addresses += 1
        begun = waits != VOLUME or not spec.get("initContainers")
        if not begun:
            waits = "PodInitializing"
        host = self.status["addresses"][0]["address"]
        address = host if spec.get("hostNetwork") else f"10.244.{self.addresses >> 8 & 255}.{self.addresses & 255}"
        over, going = {"startedAt": now(), "finishedAt": now(), "exitCode": 0, "reason": "Completed"}, {"startedAt": now()}

        def container(one, last):
            state = {"waiting": {"reason": waits}} if waits else {"terminated": over} if last else {"running": going}
            return {"name": one["name"], "image": one.get("image", ""), "imageID": "" if waits else "simulated",
                    "ready": not waits and (not last or one.get("init", False)), "started": not waits and not last,
                    "restartCount": 0, "state": state}

        first = [container(dict(one, init=True), one.get("restartPolicy") != "Always") for one in
                 spec.get("initContainers", [])]
        ready = "False" if waits or ends else "True"
        why = {"reason": "PodCompleted"} if ends and not waits else {}
        conditions = [("PodReadyToStartContainers", "False" if waits or ends else "True", {}),
                      ("Initialized", "True" if begun else "False", why), ("Ready", ready, why), ("ContainersReady", ready, why)]
        status = {
            "phase": "Pending" if waits else "Succeeded" if ends else "Running", "hostIP": host, "hostIPs": [{"ip": host}],
            "startTime": now(), "observedGeneration": meta.get("generation", 1),
            "containerStatuses": [container(one, ends) for one in spec["containers"]],
            "conditions": [{"type": kind, "status": value, "lastTransitionTime": now(), **more}
                           for kind, value, more in conditions],
        }
        if first:
            status["initContainerStatuses"] = first
        if begun and waits != VOLUME:
            status |= {"podIP": address, "podIPs": [{"ip": address}]}
        return status

    def lacks(self, namespace, spec):
        """What a pod waits for because something that it needs is missing, or None."""
        wanted, wait = [], VOLUME

        def want(kind, source, field, key=None):
            if source and source.get(field) and not source.get("optional"):
                wanted.append((wait, kind, source[field], key))

        for volume in spec.get("volumes", []):
            want("configmaps", volume.get("configMap"), "name")
            want("secrets", volume.get("secret"), "secretName")
            for source in volume.get("projected", {}).get("sources", []):
                want("configmaps", source.get("configMap"), "name")
                want("secrets", source.get("secret"), "name")
        wait = ENVIRONMENT
        for container in spec.get("initContainers", []) + spec["containers"]:
            for source in container.get("envFrom", []):
                want("configmaps", source.get("configMapRef"), "name")
                want("secrets", source.get("secretRef"), "name")
            for variable in container.get("env", []):
                source = variable.get("valueFrom", {})
                for kind, field in (("configmaps", "configMapKeyRef"), ("secrets", "secretKeyRef")):
                    want(kind, source.get(field), "name", (source.get(field) or {}).get("key"))
        for reason, kind, name, key in wanted:
            code, found = self.api.ask("GET", f"/api/v1/namespaces/{namespace}/{kind}/{name}")
            if code == 404 or (key and key not in {**(found.get("data") or {}), **(found.get("binaryData") or {})}):
                return reason
        return None

    def claim(self, claim):
        meta, spec = claim["metadata"], claim["spec"]
        provisioner = meta.get("annotations", {}).get("volume.kubernetes.io/storage-provisioner")
        if claim.get("status", {}).get("phase") != "Pending" or spec.get("volumeName") or not provisioner:
            return
        name = f"pvc-{meta['uid']}"
        self.api.ask("POST", "/api/v1/persistentvolumes?fieldManager=kubelet", {
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": provisioner}},
            "spec": {
                "accessModes": spec["accessModes"], "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": meta["name"],
                             "namespace": meta["namespace"], "uid": meta["uid"], "resourceVersion": meta["resourceVersion"]},
                "persistentVolumeReclaimPolicy": "Delete", "storageClassName": spec["storageClassName"],
                "volumeMode": spec.get("volumeMode"), "hostPath": {"path": f"/sandbox/volumes/{name}", "type": ""},
            }})
