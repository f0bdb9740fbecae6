#!/usr/bin/env bash
# A real Kubernetes control plane on loopback: etcd, API server, controllers and scheduler, but no kubelet.
#
#   tests/peers/cluster.sh up STATE     writes STATE/kubeconfig and STATE/pids; ready in about five seconds
#   tests/peers/cluster.sh down STATE   ends the processes that `up` started
#   tests/peers/cluster.sh run STATE    up, prints the kubeconfig's path; down when standard input ends, and STATE is
#                                       removed: the caller's own end, however it comes, stops the control plane
#
# The programs come from tests/peers/build.sh's folder ($SKIFF_PEERS, else skiff-peers in the user's cache);
# openssl comes from the system. Ports are free ones, chosen at each start. Users by token: `admin`
# (system:masters) and `nobody` (authenticated, no rights); the kubeconfig has a context for each. By certificate:
# STATE/client.crt and client.key are an administrator too.
set -euo pipefail

# Nothing here goes through a proxy: webhooks are on this machine, or nowhere.
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy

bin=${SKIFF_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/skiff-peers}/bin

usage() { echo "usage: cluster.sh up|down|run STATE" >&2; exit 2; }
die() { echo "cluster: $*" >&2; exit 1; }

# free_ports COUNT: distinct ports that nothing listens on now, outside the range that outgoing connections use.
free_ports() {
  local found="" port
  while [ "$(wc -w <<<"$found")" -lt "$1" ]; do
    port=$((10240 + RANDOM % 20000))
    case " $found " in *" $port "*) continue ;; esac
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
    found="$found $port"
  done
  echo "$found"
}

# start NAME COMMAND…: in the background, output to NAME.log, its id to pids; it holds none of our files open.
start() {
  local name=$1; shift
  setsid "$@" </dev/null >"$name.log" 2>&1 &
  echo "$!" >>pids
}

# await SECONDS WHAT COMMAND…: until the command succeeds; a dead process ends the waiting at once.
await() {
  local deadline=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    while read -r pid; do
      kill -0 "$pid" 2>/dev/null || { tail -n 5 ./*.log >&2; return 1; }
    done <pids
    [ "$SECONDS" -lt "$deadline" ] || { echo "cluster: $what did not come up" >&2; tail -n 5 ./*.log >&2; return 1; }
    sleep 0.1
  done
}

# client_certificate: an authority that the API server trusts, and an administrator it vouches for.
client_certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=client-ca -keyout client-ca.key -out client-ca.crt
  openssl req -newkey rsa:2048 -nodes -subj /O=system:masters/CN=certified -keyout client.key -out client.csr
  openssl x509 -req -in client.csr -CA client-ca.crt -CAkey client-ca.key -CAcreateserial -days 2 -out client.crt
}

write_kubeconfig() { # PORT
  cat >kubeconfig <<CONFIG
apiVersion: v1
kind: Config
clusters:
- {name: peer, cluster: {server: "https://127.0.0.1:$1", certificate-authority: "$PWD/certs/apiserver.crt"}}
users:
- {name: admin, user: {token: admin-token}}
- {name: nobody, user: {token: nobody-token}}
contexts:
- {name: peer, context: {cluster: peer, user: admin}}
- {name: nobody, context: {cluster: peer, user: nobody}}
current-context: peer
CONFIG
  chmod 600 kubeconfig
}

control_plane() {
  local client peer api controllers scheduler
  read -r client peer api controllers scheduler <<<"$(free_ports 5)"
  : >pids
  rm -rf etcd certs
  start etcd "$bin/etcd" --data-dir "$PWD/etcd" --unsafe-no-fsync \
    --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
    --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "default=http://127.0.0.1:$peer"
  start apiserver "$bin/kube-apiserver" --etcd-servers="http://127.0.0.1:$client" \
    --bind-address=127.0.0.1 --secure-port="$api" --cert-dir="$PWD/certs" \
    --service-account-key-file=sa.key --service-account-signing-key-file=sa.key \
    --service-account-issuer=https://kubernetes.default.svc --token-auth-file=tokens.csv --client-ca-file=client-ca.crt \
    --authorization-mode=RBAC --service-cluster-ip-range=10.96.0.0/16 --endpoint-reconciler-type=none --allow-privileged=true
  write_kubeconfig "$api"
  await 60 "the API server" "$bin/kubectl" --kubeconfig kubeconfig get --raw /readyz || return 1
  start controllers "$bin/kube-controller-manager" --kubeconfig kubeconfig --service-account-private-key-file=sa.key \
    --leader-elect=false --bind-address=127.0.0.1 --cert-dir="$PWD/certs" --secure-port="$controllers" \
    --kube-api-qps=1000 --kube-api-burst=2000 # hundreds of namespaces end at the same time in tests
  start scheduler "$bin/kube-scheduler" --kubeconfig kubeconfig --leader-elect=false \
    --bind-address=127.0.0.1 --cert-dir="$PWD/certs" --secure-port="$scheduler"
  await 30 "the default service account" "$bin/kubectl" --kubeconfig kubeconfig get serviceaccount default || return 1
}

up() {
  local program attempt
  for program in etcd kube-apiserver kube-controller-manager kube-scheduler kubectl; do
    [ -x "$bin/$program" ] || die "$bin/$program is missing: run tests/peers/build.sh"
  done
  mkdir -p "$1"
  cd "$1"
  [ -f sa.key ] || openssl genrsa -out sa.key 2048 2>/dev/null
  [ -f client.crt ] || client_certificate 2>/dev/null
  printf '%s\n' 'admin-token,admin,admin,system:masters' 'nobody-token,nobody,nobody' >tokens.csv
  # A port may be taken between the choice and the start: then everything starts again on others.
  for attempt in 1 2 3; do
    control_plane && { echo "$PWD/kubeconfig"; return; }
    echo "cluster: attempt $attempt failed" >&2
    down .
  done
  die "the control plane did not start; see $PWD/*.log"
}

# Nothing here is worth a graceful end, and an API server whose etcd is gone would take its time.
down() {
  [ -f "$1/pids" ] || return 0
  local pid
  tac "$1/pids" | while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -f "$1/pids"
}

run() {
  state=$1
  trap 'down "$state"; rm -rf "$state"' EXIT
  trap 'exit 130' INT TERM HUP
  (up "$state")
  cat >/dev/null
}

case "${1:-}" in
up) up "${2:?$(usage)}" ;;
down) down "${2:?$(usage)}" ;;
run) run "${2:?$(usage)}" ;;
*) usage ;;
esac
