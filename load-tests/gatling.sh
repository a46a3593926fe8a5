#!/usr/bin/env bash
# Simulates visitors of the demo app, operators and a deployment pipeline with Gatling, at a steady
# rate. Gatling's report has the figures, and plots on HTML pages. Fails if a request failed.
# The platform must run with the demo app: ./autoserve dev --demo, or platform up --demo
#
#   load-tests/gatling.sh [VISITORS-PER-SECOND] [SECONDS]
#   API=http://127.0.0.1:8000    address of the controllers
#   APPS=http://127.0.0.1        address of nginx
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck source=load-tests/api.sh
source "$top/load-tests/api.sh"
api=${API:-http://127.0.0.1:8000}
on_exit 'curl_api -sf -m 10 -X DELETE -o /dev/null "$api/api/v1/apps/gatling" || true'

JAVA_HOME=$(java_home) mvn -B -q -f "$top/load-tests/gatling" gatling:test -Dapi="$api" -Dapps="${APPS:-http://127.0.0.1}" \
    -Dvisitors="${1:-100}" -Dseconds="${2:-30}"
