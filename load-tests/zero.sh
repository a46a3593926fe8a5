#!/usr/bin/env bash
# Measures how soon an app that sleeps answers. In turns with this, measures how soon a container of
# the same image answers that Docker alone creates and starts. Fails if the median is more than twice
# that of Docker alone. Then sends 100 requests at once to an app that sleeps, which must all be
# answered, and 1,000 to one that never gets ready, which must all get 503 in time. Prints the memory
# of nginx before, during and after this.
#   load-tests/zero.sh [ROUNDS]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-10}
failed=0
hold=5 # seconds for which nginx holds a request to the app that never gets ready

main() {
    require_platform
    slow=$(slowness)
    patience=$((patience * slow))
    forget_app
    apply_sleeping 200 60
    compare
    crowd
    await_sleep
    apply_sleeping 418 "$hold"
    refused
    exit "$failed"
}

# apply_sleeping STATUS HOLD: applies the app, which gets ready only if it answers its health check with
# STATUS
apply_sleeping() {
    ask_api "/api/v1/apps/$app" -X PUT -H 'Content-Type: application/yaml' --data-binary @- -o /dev/null <<YAML
apiVersion: v1
kind: App
metadata: {name: $app}
spec:
  image: localhost/autoserve-demo
  imagePullPolicy: Never
  ports: [{containerPort: 8080}]
  environment: [{name: EXPECTED_STATUS, value: '$1'}]
  stopGraceSeconds: 2
scaling: {mode: auto, minReplicas: 0, maxReplicas: 1, idleSeconds: 1, holdSeconds: $2}
healthCheck: {protocol: HTTP, path: /health, expectedStatusCodes: [$1], periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 2}
rollout: {drainSeconds: 5, watchSeconds: 0}
YAML
}

compare() {
    local round floor took
    { floor_of 1 1 && ours; } >/dev/null # warm up
    for ((round = 1; round <= rounds; round++)); do
        floor=$(floor_of 1 1)
        took=$(ours)
        echo "round $round: Docker alone $floor ms, request to an app that sleeps $took ms"
        echo "$floor" >>"$work/floor"
        echo "$took" >>"$work/ours"
    done
    judge "$(median <"$work/floor")" "$(median <"$work/ours")"
}

judge() { # judge FLOOR TOOK
    check "request to an app that sleeps, median: Docker alone $1 ms, platform $2 ms, ratio $((100 * $2 / $1)) % (at most 200 %; worst $(worst <"$work/ours") ms)" \
        test "$2" -le $((2 * $1))
}

ours() {
    local begin
    await_sleep
    begin=$(now)
    curl -sf --max-time 60 -o /dev/null -H "Host: $app.localhost" "$http/" || die "the request that should wake the app failed: ./autoserve events $app"
    echo $(($(now) - begin))
}

await_sleep() {
    local deadline=$((SECONDS + patience))
    until [[ $(status) == *'"state":"Asleep"'* ]]; do
        ((SECONDS < deadline)) || die "the app does not sleep after $patience s: ./autoserve scaling $app"
        sleep 0.1
    done
}

crowd() {
    await_sleep
    requests 1 100 >"$work/crowd"
    check "100 requests at once to an app that sleeps: $(statuses <"$work/crowd"), slowest $(slowest <"$work/crowd") ms" \
        same 100 "$(grep -c '^200 ' "$work/crowd")"
}

refused() {
    local before during after
    before=$(memory)
    requests 4 250 >"$work/refused" &
    sleep $((hold / 2))
    during=$(memory)
    wait $!
    after=$(memory)
    check "1,000 requests at once to an app that never gets ready, held for $hold s: $(statuses <"$work/refused"), slowest $(slowest <"$work/refused") ms (at most $((1000 * hold + 2000 * slow)) ms)" \
        refused_in_time
    check "memory of nginx: $((before / 1024)) MiB before, $((during / 1024)) MiB while requests wait, $((after / 1024)) MiB after (at most 64 MiB more)" \
        test "$during" -le $((before + 65536)) -a "$after" -le $((before + 65536))
}

refused_in_time() {
    same 1000 "$(grep -c '^503 ' "$work/refused")" && test "$(slowest <"$work/refused")" -le $((1000 * hold + 2000 * slow))
}

# requests CLIENTS EACH: sends so many requests at once, and prints the status and the seconds of each
requests() {
    local client
    for ((client = 0; client < $1; client++)); do
        curl -s --parallel --parallel-immediate --parallel-max "$2" --max-time 120 -H "Host: $app.localhost" -o /dev/null \
            -w '%{http_code} %{time_total}\n' "$http/?[1-$2]" 2>/dev/null & # --parallel prints its progress in spite of -s
    done
    wait
}

statuses() { # prints how often each status was answered
    awk '{count[$1]++} END {for (status in count) printf "%s%s × %s", (n++ ? ", " : ""), count[status], status}'
}

slowest() { awk '$2 > most {most = $2} END {printf "%d", 1000 * most}'; }

memory() { # prints the memory of all processes of nginx in KiB
    local sum=0 process
    for process in $(docker top "${AUTOSERVE_PROXY_CONTAINER:-${AUTOSERVE_INSTALLATION:-autoserve}-nginx}" -o pid | tail -n +2); do
        sum=$((sum + $(kib "$process" RssAnon)))
    done
    echo "$sum"
}

main
