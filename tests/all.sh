#!/usr/bin/env bash
# All tests, on a machine that has git, Rust, Go and Debian's packages: installs what it needs, then
# format, lints, licences, the quick tests, the tests beside the real programs, docs, the static binary.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n==> %s (%ds)\n' "$1" "$SECONDS"; }

step 'system packages'
tests/peers/packages.sh
rustup target add x86_64-unknown-linux-musl >/dev/null 2>&1
rustup component add rustfmt clippy >/dev/null 2>&1

step 'the real programs'
tests/peers/build.sh
export SKIFF_PEERS=${SKIFF_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/skiff-peers}

step 'format'
cargo fmt --all --check

step 'lints'
cargo clippy --quiet --workspace --all-targets --features peers -- -D warnings

step 'licences'
deny=$SKIFF_PEERS/cargo-deny
[ -x "$deny/bin/cargo-deny" ] || cargo install --quiet --locked cargo-deny --version 0.20.2 --root "$deny"
"$deny/bin/cargo-deny" check --hide-inclusion-graph licenses bans sources

step 'tests'
log=$(mktemp)
cargo test --workspace --features peers --no-fail-fast 2>&1 | tee "$log"

step 'documentation'
RUSTDOCFLAGS='-D warnings' cargo doc --quiet --workspace --no-deps

step 'the static binary'
cargo build --quiet --release --target x86_64-unknown-linux-musl
size=$(stat -c %s target/x86_64-unknown-linux-musl/release/skiff)
file=$(LC_ALL=C ldd target/x86_64-unknown-linux-musl/release/skiff 2>&1 || true)
case "$file" in *'statically linked'* | *'not a dynamic executable'*) ;; *) echo "not static: $file"; exit 1 ;; esac
[ "$size" -le $((15 * 1024 * 1024)) ] || { echo "the binary has $size bytes, more than 15 MiB"; exit 1; }
echo "static, $size bytes"

step 'done'
awk '/^test result:/ { passed += $4; failed += $6 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }' "$log"
