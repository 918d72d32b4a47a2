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
  npm install --no-audit --no-fund --silent --ignore-scripts vite @sentry/vite-plugin @sentry/browser
) >&2 || echo 'the plugin for Vite could not be installed' >&2
(
  mkdir -p "$dir/tools/bundlers" && cd "$dir/tools/bundlers"
  [ -f package.json ] || echo '{"private":true,"type":"module"}' > package.json
  npm install --no-audit --no-fund --silent --ignore-scripts \
    webpack rollup esbuild @sentry/webpack-plugin @sentry/rollup-plugin @sentry/esbuild-plugin
) >&2 || echo 'the plugins for webpack, Rollup and esbuild could not be installed' >&2
if command -v go > /dev/null; then
  (
    mkdir -p "$dir/go" && cd "$dir/go"
    export GOCACHE="$dir/go/.cache" GOMODCACHE="$dir/go/.mod" GOPATH="$dir/go/.path" GOFLAGS=-modcacherw
    [ -f go.mod ] || go mod init crash
    go get github.com/getsentry/sentry-go
    # Compiled once, so that tests need not.
    go build github.com/getsentry/sentry-go
  ) >&2 || echo 'the SDK for Go could not be installed' >&2
fi
if command -v mvn > /dev/null; then
  (
    mkdir -p "$dir/java"
    mvn -q dependency:copy -Dartifact=io.sentry:sentry:8.26.0 -DoutputDirectory="$dir/java" -Dmdep.stripVersion=true
  ) >&2 || echo 'the SDK for Java could not be installed' >&2
fi
if command -v cargo > /dev/null; then
  (
    mkdir -p "$dir/rust" && cd "$dir/rust"
    export CARGO_HOME="$dir/rust/.cargo"
    [ -f Cargo.toml ] || cargo init --quiet --vcs none --name crash .
    cargo add --quiet sentry --no-default-features --features backtrace,contexts,panic,ureq
    # What a test left there is not what is installed.
    printf 'fn main() {}\n' > src/main.rs
    cargo build --quiet
  ) >&2 || echo 'the SDK for Rust could not be installed' >&2
fi
if command -v composer > /dev/null; then
  (
    mkdir -p "$dir/php" && cd "$dir/php"
    composer require --quiet --no-interaction sentry/sentry
  ) >&2 || echo 'the SDK for PHP could not be installed' >&2
fi
if command -v gem > /dev/null; then
  # From Debian's packages where the registry of gems cannot be reached; `installed` says that a program finds it either way.
  mkdir -p "$dir/ruby"
  gem install --silent --no-document --install-dir "$dir/ruby" sentry-ruby >&2 \
    || { command -v apt-get > /dev/null && apt-get install -y -qq --no-install-recommends ruby-sentry-ruby >&2; } || true
  if GEM_PATH="$dir/ruby:$(gem env gempath)" ruby -e 'require "sentry-ruby"; puts Sentry::VERSION' > "$dir/ruby/version"; then
    mv "$dir/ruby/version" "$dir/ruby/installed"
  else
    rm -f "$dir/ruby/version"
    echo 'the SDK for Ruby could not be installed' >&2
  fi
fi
echo "$dir"
