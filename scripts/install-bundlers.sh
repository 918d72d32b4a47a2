#!/bin/sh
# Installs the bundlers with which clients/contract/bundles.test.ts builds programs, into a folder outside of the repository, which it
# prints. Usage: BUNDLERS=$(sh scripts/install-bundlers.sh [FOLDER]); then run the tests with BUNDLERS set.
set -eu
dir=${1:-${TMPDIR:-/tmp}/mayday-bundlers}
mkdir -p "$dir"
cd "$dir"
[ -f package.json ] || echo '{"private":true}' > package.json
# Nothing is downloaded by scripts of packages.
npm install --no-audit --no-fund --silent --ignore-scripts \
  esbuild webpack webpack-cli vite rollup @rollup/plugin-commonjs @rollup/plugin-terser react react-dom >&2
echo "$dir"
