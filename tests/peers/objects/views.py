"""What kubectl shows and applies."""
from . import snapshot

DESCRIBED = "deployments,replicasets,statefulsets,daemonsets,jobs,services,serviceaccounts,configmaps,secrets,ingresses," \
    "roles,rolebindings,persistentvolumeclaims,poddisruptionbudgets,networkpolicies,endpointslices"


def life(options, one, as_is, changed, values):
    """The steps of kubectl on one server."""
    kubectl, at = options.kubectl_program, ["-n", one.namespace]
    files = []
    for chart in (as_is, changed):
        done = one.side.run(options.helm, "template", "r", chart, *values, *at, "--include-crds", "--no-hooks")
        files.append("\n".join(done[1]) if done[0] == 0 else "")
    if not all(files):
        return one.end()
    one.side.run(kubectl, "create", "namespace", one.namespace)
    one.run("apply", kubectl, "apply", "-f", "-", *at, text=files[0])
    one.run("apply again", kubectl, "apply", "-f", "-", *at, text=files[0])
    found = one.look("applied")
    generated = snapshot.names(found)

    def shown(step, *command):
        done = one.side.run(kubectl, *command)
        one.steps[step] = snapshot.lines_masked(done[1] + done[2] if len(done) > 1 else done, one.namespace, generated)

    shown("get", "get", f"all,{DESCRIBED}", "-o", "wide", *at)
    shown("describe", "describe", "--show-events=false", DESCRIBED, *at)
    kinds = sorted({path.rsplit("/", 1)[1] + (f".{group}" if group else "") for path, group, _ in found})
    for kind in kinds:
        shown(f"explain {kind}", "explain", kind, "--recursive")
    one.run("diff", kubectl, "diff", "-f", "-", *at, text=files[1])
    one.steps["diff"][1:] = [sorted(line for line in one.steps["diff"][1] if not line.startswith(("---", "+++", "diff")))]
    one.run("server-side apply", kubectl, "apply", "--server-side", "-f", "-", *at, text=files[1])
    one.run("server-side apply, forced", kubectl, "apply", "--server-side", "--force-conflicts", "-f", "-", *at, text=files[1])
    one.look("applied on the server's side")
    one.run("delete", kubectl, "delete", "-f", "-", "--ignore-not-found", "--timeout=30s", *at, text=files[1])
    one.look("deleted")
    return one.end()
