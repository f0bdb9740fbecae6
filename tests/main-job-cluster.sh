#!/usr/bin/env bash
# The main job on a real control plane, to watch: builds Skiff, starts a real Kubernetes control plane, and takes a chart through its life.
#
#   tests/main-job-cluster.sh
#
# The control plane comes from tests/peers (the first run builds it, with Go) and is
# gone again when the script ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests/peers/packages.sh
cargo build --quiet
tests/peers/build.sh
state=$(mktemp -d)
trap 'tests/peers/cluster.sh down "$state"; rm -rf "$state"' EXIT
KUBECONFIG=$(tests/peers/cluster.sh up "$state")
export KUBECONFIG

step() { printf '\n\033[1m$ skiff %s\033[0m\n' "$*"; target/debug/skiff "$@"; }

step install shop charts-examples/web --namespace demo --create-namespace
step list --namespace demo
step get manifest shop --namespace demo
step upgrade shop charts-examples/web --namespace demo --set replicas=3
step status shop --namespace demo
step history shop --namespace demo
step uninstall shop --namespace demo
step list --namespace demo
