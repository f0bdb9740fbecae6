"""Clusters: a small HTTP client for the API, and the start and end of the two that are compared."""
import atexit
import base64
import http.client
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading
import urllib.parse

TYPES = {"merge": "application/merge-patch+json", "strategic": "application/strategic-merge-patch+json"}
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class Api:
    """The API behind a kubeconfig's current context (a token, an authority); one connection for each thread."""

    def __init__(self, kubectl, kubeconfig, agent="compare-objects"):
        self.kubeconfig, self.agent, self.local = os.path.abspath(kubeconfig), agent, threading.local()
        view = subprocess.run([kubectl, "config", "view", "--raw", "--minify", "--flatten", "-o", "json",
                               "--kubeconfig", self.kubeconfig], stdout=subprocess.PIPE, check=True)
        config = json.loads(view.stdout)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.host = urllib.parse.urlparse(cluster["server"]).netloc
        self.token = user["token"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.tls = ssl.create_default_context(cadata=authority)
        # Certificates of test clusters are no textbook ones.
        self.tls.verify_flags &= ~ssl.VERIFY_X509_STRICT

    def ask(self, method, path, body=None, kind="application/json", accept="application/json"):
        """Status and answer of one request; sent again where a connection that was kept is dead."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": accept, "User-Agent": self.agent}
        if body is not None:
            headers["Content-Type"] = TYPES.get(kind, kind)
            body = json.dumps(body)
        for attempt in (1, 2):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = http.client.HTTPSConnection(self.host, context=self.tls, timeout=60)
                self.local.connection = connection
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                text = answer.read()
                # What is not served (any more) is told in words.
                return answer.status, json.loads(text) if text.startswith(b"{") else {}
            except (OSError, http.client.HTTPException):
                connection.close()
                self.local.connection = None
                if attempt == 2:
                    raise

    def get(self, path, **kinds):
        return self.ask("GET", path, **kinds)[1]

    def revision(self):
        """The revision of the server's last write."""
        return self.get("/api/v1/namespaces?limit=1")["metadata"]["resourceVersion"]

    def resources(self):
        """Path, group, kind and scope of every resource that can be listed, in the version that its group prefers."""
        found = []
        for root in ("/api", "/apis"):
            for group in self.get(root, accept=DISCOVERY).get("items", []):
                name, taken = group["metadata"].get("name", ""), set()
                for version in group.get("versions", []):
                    prefix = f"/apis/{name}/{version['version']}" if name else f"/api/{version['version']}"
                    for resource in version.get("resources", []):
                        if resource["resource"] in taken or "list" not in resource["verbs"]:
                            continue
                        taken.add(resource["resource"])
                        found.append((f"{prefix}/{resource['resource']}", name, resource["responseKind"]["kind"],
                                      resource["scope"] == "Namespaced"))
        return found


def real(folder):
    """Starts the control plane of tests/peers under `folder`; its end comes with ours."""
    script = str(pathlib.Path(__file__).resolve().parents[1] / "cluster.sh")
    state = os.path.join(folder, "control-plane")
    atexit.register(lambda: subprocess.run([script, "down", state], check=False))
    subprocess.run([script, "up", state], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(state, "kubeconfig")


def sandbox(skiff, folder):
    """Starts a sandbox whose state is in memory and whose files are under `folder`; its end comes with ours."""
    env = dict(os.environ, XDG_DATA_HOME=os.path.join(folder, "data"))
    command = [skiff, "sandbox"]
    atexit.register(lambda: subprocess.run([*command, "stop", "objects"], env=env, check=False,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    subprocess.run([*command, "start", "objects", "--ephemeral"], env=env, check=True, stdout=subprocess.DEVNULL)
    return subprocess.run([*command, "kubeconfig", "objects"], env=env, check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


def folder():
    """A folder that is gone when we are. Registered first, so that what runs in it ends before."""
    path = tempfile.mkdtemp(prefix="compare-objects-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path
