#!/usr/bin/env bash
# The main job, to watch: builds Skiff and installs charts into a sandbox, with no cluster.
#
#   tests/main-job.sh
#
# The sandbox is called main-job and stays when the script ends, to look around in; the script begins by emptying it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v cc >/dev/null || tests/peers/packages.sh
cargo build --quiet

name=main-job
step() { printf '\n\033[1m$ skiff %s\033[0m\n' "$*"; target/debug/skiff "$@"; }

target/debug/skiff sandbox reset "$name" >/dev/null
export SKIFF_SANDBOX=$name
step install shop charts-examples/web --namespace demo --create-namespace --wait
step install both charts-examples/two-dialects/tera --namespace demo --wait
step list --namespace demo
step upgrade shop charts-examples/web --namespace demo --set replicas=3 --wait
step status shop --namespace demo
step history shop --namespace demo

cat <<HINT

Look around with kubectl, or with helm:

  export KUBECONFIG=$(target/debug/skiff sandbox kubeconfig "$name")
  kubectl get all -n demo
  kubectl describe deployment -n demo
  kubectl logs -n demo deployment/shop-web

Take it away again:

  target/debug/skiff sandbox stop $name
HINT
