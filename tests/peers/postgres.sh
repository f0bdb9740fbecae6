#!/usr/bin/env bash
# A PostgreSQL server on loopback, for records in SQL.
#
#   tests/peers/postgres.sh up STATE     prints its port; user and database `helm`, password `secret`, TLS by STATE/server.crt
#   tests/peers/postgres.sh down STATE   ends it
#   tests/peers/postgres.sh run STATE    up; down when standard input ends, and STATE is removed
#
# PostgreSQL and openssl come from the system (tests/peers/packages.sh). The server refuses to run as root: then it runs as
# the user `postgres` of Debian's package.
set -euo pipefail

usage() { echo "usage: postgres.sh up|down|run STATE" >&2; exit 2; }
die() { echo "postgres: $*" >&2; exit 1; }

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$programs" ] || die "PostgreSQL is missing (Debian: apt-get install postgresql)"

# as_owner COMMAND…: as whom the server runs.
as_owner() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# free_port: nothing listens on it now; outside the range that outgoing connections use.
free_port() {
  local port
  while :; do
    port=$((10240 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

up() {
  local state port
  mkdir -p "$1"
  state=$(cd "$1" && pwd)
  [ "$(id -u)" != 0 ] || chown postgres "$state"
  cd "$state"
  echo secret | as_owner tee password >/dev/null
  as_owner "$programs/initdb" -D "$state/data" -U helm --pwfile="$state/password" -A scram-sha-256 -E UTF8 --no-sync >init.log 2>&1 ||
    { cat init.log >&2; die "initdb failed"; }
  as_owner openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$state/data/server.key" -out "$state/data/server.crt" 2>/dev/null
  cp data/server.crt server.crt
  chmod 644 server.crt
  # A port may be taken between the choice and the start: then it starts again on another.
  for _ in 1 2 3; do
    port=$(free_port)
    as_owner "$programs/pg_ctl" -D "$state/data" -l "$state/data/log" -w -s start \
      -o "-p $port -c listen_addresses=127.0.0.1,127.0.0.2 -c unix_socket_directories=$state/data -c ssl=on -c fsync=off" >&2 </dev/null &&
      break
    port=
  done
  [ -n "$port" ] || { cat data/log >&2; die "the server did not start"; }
  PGPASSWORD=secret "$programs/createdb" -h 127.0.0.1 -p "$port" -U helm helm
  echo "$port" | tee port
}

down() {
  local state
  [ -d "$1/data" ] || return 0
  state=$(cd "$1" && pwd)
  as_owner "$programs/pg_ctl" -D "$state/data" -m immediate -s stop || true
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
