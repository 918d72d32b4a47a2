#!/bin/sh
# Prints versitygw, an S3 server over a folder, for the tests of backups in buckets: built once by the Go toolchain of install-go.sh. Prints
# nothing where it cannot be had.
set -eu

folder=${1:-${TMPDIR:-/tmp}/mayday-s3-server}
version=v1.8.0

if [ ! -x "$folder/versitygw-$version" ]; then
  PATH=$(sh "$(dirname "$0")/install-go.sh"):$PATH
  export PATH
  mkdir -p "$folder"
  if GOBIN="$folder" GOTOOLCHAIN=auto go install "github.com/versity/versitygw/cmd/versitygw@$version" >&2; then
    mv "$folder/versitygw" "$folder/versitygw-$version"
  else
    echo 'the S3 server could not be built' >&2
    exit 0
  fi
fi
echo "$folder/versitygw-$version"
