#!/bin/sh
# Installs Sentry's SDKs and tools for system/sentry/ into a folder outside of the repository, which it prints.
# Usage: SENTRY_SDKS=$(sh scripts/install-sentry-sdks.sh [FOLDER]); then run the tests with SENTRY_SDKS set.
# What cannot be installed here is left out; its test then says so.
set -eu
dir=${1:-${TMPDIR:-/tmp}/mayday-sentry-sdks}
mkdir -p "$dir/node" "$dir/python"
(
  cd "$dir/node"
  [ -f package.json ] || echo '{"private":true,"type":"module"}' > package.json
  npm install --no-audit --no-fund --silent @sentry/node
) >&2 || echo 'the SDK for node could not be installed' >&2
python3 -m pip install --quiet --target "$dir/python" --upgrade sentry-sdk >&2 || echo 'the SDK for Python could not be installed' >&2
# Sentry's command line comes as a binary inside of a package of its own; nothing is downloaded by scripts of packages.
for version in 2 3; do
  (
    mkdir -p "$dir/tools/cli$version" && cd "$dir/tools/cli$version"
    [ -f package.json ] || echo '{"private":true}' > package.json
    npm install --no-audit --no-fund --silent --ignore-scripts "@sentry/cli@$version"
  ) >&2 || echo "version $version of the command line could not be installed" >&2
done
(
  mkdir -p "$dir/tools/vite" && cd "$dir/tools/vite"
  [ -f package.json ] || echo '{"private":true,"type":"module"}' > package.json
  npm install --no-audit --no-fund --silent --ignore-scripts vite @sentry/vite-plugin
) >&2 || echo 'the plugin for Vite could not be installed' >&2
if command -v gem > /dev/null; then
  gem install --silent --no-document --install-dir "$dir/ruby" sentry-ruby >&2 || echo 'the SDK for Ruby could not be installed' >&2
fi
echo "$dir"
