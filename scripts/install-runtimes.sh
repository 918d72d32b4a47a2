#!/bin/sh
# Installs the runtimes that the contract suite of the client libraries and the system tests need (Debian, Ubuntu). Does nothing for what is there.
set -eu

packages="
php-cli
php-monolog
php-symfony-http-kernel
php-symfony-console
php-laravel-framework
mono-mcs
mono-runtime
ruby
ruby-rack
ruby-rails
ruby-sidekiq
rake
python3
python3-django
python3-flask
default-jdk-headless
maven
chromium
libjs-jquery
xz-utils
g++
cmake
composer
mypy
php-zip
python3-venv
make
g++-mingw-w64-x86-64-win32
libcurl4
rustc
gdb
nginx-light
libnginx-mod-stream
caddy
syncthing
zsh
fish
groff-base
"

missing=""
for package in $packages; do
  if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
    missing="$missing $package"
  fi
done
if [ -z "$missing" ]; then
  echo "All runtimes are installed."
  exit 0
fi

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  sudo="sudo"
fi
$sudo apt-get update
# shellcheck disable=SC2086 # a list of package names
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y --no-install-recommends $missing
