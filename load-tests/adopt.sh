#!/usr/bin/env bash
# Kills the controller of `./autoserve dev` (SIGKILL) and starts it again, under steady load. Prints
# the time until the new controller accepts a write, whether all instances are still the same,
# and how many requests failed.
#   load-tests/adopt.sh [DEV-OPTIONS…]     the options that dev was started with, such as its ports
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"
top=$(dirname "$0")/..

containers() { docker ps --all --quiet --no-trunc --filter "label=autoserve.app=$app" | sort; }

require_platform
pid=$(sed -n 's/.*"pid" *: *\([0-9]*\).*/\1/p' "$top/.autoserve/dev.json")
forget_app
apply 3
await_instances 3
before=$(containers)
begin_load
sleep 2
kill -KILL "$pid"
sleep 2
begin=$(now)
"$top/autoserve" dev --detach "$@" >"$work/dev" &
until scale 4; do sleep 0.02; done
echo "first write $(($(now) - begin)) ms after the start (aim: 3000)"
wait $!
await_instances 4
sleep 2
end_load
kept=$(comm -12 <(echo "$before") <(containers) | wc -l)
echo "$kept of 3 instances adopted; $(load_result)"
[ "$kept" = 3 ]
