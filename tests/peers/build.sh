#!/usr/bin/env bash
# Builds the real programs that the tests compare Skiff with, each by its own package manager.
#
#   tests/peers/build.sh [DIR]
#
# DIR defaults to $SKIFF_PEERS, else skiff-peers in the user's cache. It receives
#   DIR/bin/{helm,helm3}                        go install
#   DIR/bin/{kube-apiserver,kube-controller-manager,kube-scheduler,kubectl}
#   DIR/bin/oracle                              tests/peers/oracle: Helm's libraries, asked line by line
#   DIR/bin/etcd                                tests/peers/etcd: etcd, whose module cannot be installed directly
#   DIR/bin/patches                             tests/peers/patches: kube-apiserver's libraries for patches, likewise
# and a stamp file beside each that holds the version it was built from: a changed version (or a changed
# oracle) is built anew, anything else is left alone. openssl comes from the system.
# With a cold cache on two cores this takes about ten minutes.
set -euo pipefail

HELM=${HELM_VERSION:-v4.3.1}
HELM3=${HELM3_VERSION:-v3.22.0}
K8S=${K8S_VERSION:-1.36.3}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${1:-${SKIFF_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/skiff-peers}}
mkdir -p "$dir/bin" "$dir/stamps"
dir=$(cd "$dir" && pwd)

say() { echo "peers: $*" >&2; }
die() { say "$*"; exit 1; }

# Two builds at once would write the same files.
exec 9>"$dir/.lock"
flock 9

command -v go >/dev/null || die "go is missing (Debian: golang-go, or https://go.dev/dl)"

# current NAME WANTED: NAME is built and its stamp says WANTED.
current() { [ -x "$dir/bin/$1" ] && [ "$(cat "$dir/stamps/$1" 2>/dev/null)" = "$2" ]; }
# stamp NAME WANTED: remember what NAME was built from; written last, so that a broken build is not taken for a whole one.
stamp() { printf '%s\n' "$2" >"$dir/stamps/$1"; }
# go_command NAME PACKAGE@VERSION: builds in a folder of its own and moves the whole file into place.
go_command() {
  local tmp
  tmp=$(mktemp -d "$dir/tmp.XXXXXX")
  GOBIN=$tmp go install "$2"
  mv "$tmp"/* "$dir/bin/$1"
  rm -rf "$tmp"
}

build_helm() { # NAME VERSION MAJOR
  current "$1" "$2" && return
  say "building helm $2"
  go_command "$1" "helm.sh/helm/v$3/cmd/helm@$2"
  stamp "$1" "$2"
}

# k8s.io/kubernetes names its own libraries as v0.0.0. A small module that replaces each with its published
# v0.MINOR.PATCH builds the commands the way any dependency's command is built.
kubernetes_module() {
  local mod commands=$1
  rm -rf "$dir/k8s"
  mkdir -p "$dir/k8s"
  cd "$dir/k8s"
  go mod init peers/k8s >/dev/null 2>&1
  mod=$(go mod download -json "k8s.io/kubernetes@v$K8S" | sed -n 's/^[[:space:]]*"GoMod": "\(.*\)",$/\1/p')
  grep -oE '^\s*k8s\.io/\S+ (v0\.0\.0$|=> \./staging)|^replace k8s\.io/\S+ => \./staging' "$mod" |
    grep -oE 'k8s\.io/[^ ]+' | sort -u |
    while read -r library; do go mod edit "-replace=$library=$library@v0.${K8S#1.}"; done
  go mod edit "-require=k8s.io/kubernetes@v$K8S"
  {
    echo '//go:build tools'
    echo 'package tools'
    echo 'import ('
    for command in $commands; do echo "	_ \"k8s.io/kubernetes/cmd/$command\""; done
    echo ')'
  } >tools.go
  go mod tidy
}

build_kubernetes() {
  local commands="kube-apiserver kube-controller-manager kube-scheduler kubectl" missing="" minor command
  for command in $commands; do
    current "$command" "$K8S" || missing="$missing $command"
  done
  [ -n "$missing" ] || return 0
  kubernetes_module "$commands"
  minor=${K8S#1.}
  minor=${minor%%.*}
  for command in $missing; do
    say "building $command $K8S"
    GOFLAGS=-mod=mod go build -o "$dir/bin/$command" -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$K8S \
-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$minor" "k8s.io/kubernetes/cmd/$command"
    stamp "$command" "$K8S"
  done
}

# A Go program of this repository: NAME is its folder.
build_own() { # NAME
  local sources
  sources=$(cd "$here/$1" && cat ./*.go go.mod go.sum | sha256sum | cut -d' ' -f1)
  current "$1" "$sources" && return
  say "building $1"
  (cd "$here/$1" && go build -o "$dir/bin/$1.new" .)
  mv "$dir/bin/$1.new" "$dir/bin/$1"
  stamp "$1" "$sources"
}

build_helm helm "$HELM" 4
build_helm helm3 "$HELM3" 3
build_own oracle
build_own patches
build_own etcd
build_kubernetes
command -v openssl >/dev/null || die "openssl is missing (Debian: apt-get install openssl)"
say "ready: $dir/bin"
