#!/bin/sh
# Fetches Breakpad's sources, as a crate brings them, and prints the folder; prints nothing where they cannot be had. For
# system/client/breakpad-upload.test.ts, which compiles the uploader of the real library.
set -eu

dir="${1:-${TMPDIR:-/tmp}/mayday-breakpad}"
version=0.1.1
if command -v cargo > /dev/null; then
  mkdir -p "$dir/src"
  : > "$dir/src/lib.rs"
  printf '[package]\nname = "sources"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\nbreakpad-sys = "=%s"\n' "$version" > "$dir/Cargo.toml"
  CARGO_HOME="$dir/.cargo" cargo fetch --quiet --manifest-path "$dir/Cargo.toml" >&2 || echo 'the sources of Breakpad could not be fetched' >&2
fi
for found in "$dir"/.cargo/registry/src/*/breakpad-sys-"$version"/breakpad/src; do
  if [ -d "$found" ]; then
    echo "$found"
  fi
done
