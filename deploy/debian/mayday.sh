#!/bin/sh
# The command of the package: the data folder of the service, unless the caller names another.
: "${CRASH_REPORTS_DIR:=/var/lib/mayday}"
export CRASH_REPORTS_DIR
exec /usr/lib/mayday/node --max-semi-space-size=2 /usr/lib/mayday/node_modules/mayday/bin/mayday.js "$@"
