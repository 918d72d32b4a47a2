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

echo "$dir"
