#!/bin/sh
# The command of the package: with the settings of the service where the caller may read them (root, the user and the group mayday), and its data
# folder. What the caller's environment names stays. The file is read as systemd reads it, one NAME=value a line, and never run.
if [ -r /etc/mayday.env ]; then
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    name=${line%%=*}
    name=${name%"${name##*[![:space:]]}"}
    case $line in [A-Za-z_]*=*) ;; *) continue ;; esac
    case $name in *[!A-Za-z0-9_]*) continue ;; esac
    value=${line#*=}
    value=${value#"${value%%[![:space:]]*}"}
    case $value in
      \"*\") value=$(printf '%s\n' "$value" | sed 's/^"//; s/"$//; s/\\\([\\"$`]\)/\1/g') ;;
      \'*\') value=${value#\'} value=${value%\'} ;;
    esac
    # The name is made of letters, digits and _ alone.
    eval "given=\${$name+yes}"
    [ -n "$given" ] || export "$name=$value"
  done </etc/mayday.env
fi
: "${CRASH_REPORTS_DIR:=/var/lib/mayday}"
export CRASH_REPORTS_DIR
exec /usr/lib/mayday/node --max-semi-space-size=2 /usr/lib/mayday/node_modules/mayday/bin/mayday.js "$@"
