# shellcheck shell=bash
# Functions that the load tests of the whole platform share. The platform must run:
# ./autoserve dev --detach
#   API=http://127.0.0.1:8000    address of the controllers
#   HTTP                         address of nginx instead of that of its container; see traffic.sh
#   NETWORK=autoserve            Docker network of the instances

# shellcheck source=load-tests/api.sh
source "$(dirname "${BASH_SOURCE[0]}")/api.sh"
# shellcheck source=load-tests/traffic.sh
source "$(dirname "${BASH_SOURCE[0]}")/traffic.sh"

api=${API:-http://127.0.0.1:8000}
http=${HTTP:-$(nginx_url "${AUTOSERVE_PROXY_CONTAINER:-${AUTOSERVE_INSTALLATION:-autoserve}-nginx}" 80)}
network=${NETWORK:-autoserve}
work=$(mktemp -d)
on_exit 'end_load; forget_app; forget_floor; rm -rf "$work"'
# shellcheck source=load-tests/engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

app=load-bar
patience=60 # seconds that await_instances waits; tests that also run on a slow Docker multiply it by `slowness`

for tool in curl wrk; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt-get install $tool"
done

ask_api() { curl_api -sf "$api$1" "${@:2}"; } # ask_api PATH CURL-ARGUMENT…

require_platform() {
    curl -sf "$api/health/ready" -o /dev/null || die "no ready controller answers at $api: run ./autoserve dev --detach, or set API"
}

# spec REPLICAS [ROLLOUT [VARIABLE VALUE]]: prints a spec of the app. ROLLOUT has more fields of the
# rollout, as "name: value, …". VARIABLE is an environment variable of the instances.
spec() {
    cat <<YAML
apiVersion: v1
kind: App
metadata: {name: $app}
spec:
  image: localhost/autoserve-demo
  imagePullPolicy: Never
  ports: [{containerPort: 8080}]
  environment: [{name: INSTANCE_NAME, source: sdk, key: instance.name}${3:+, {name: $3, value: '$4'\}}]
  stopGraceSeconds: 2${cpu:+
  resources: {cpu: $cpu\}}
scaling: {mode: manual, minReplicas: $1, maxReplicas: 20}
healthCheck: {protocol: HTTP, path: /health, periodSeconds: ${period:-1}, timeoutSeconds: 1, failureThreshold: 2}
rollout: {drainSeconds: 5${2:+, $2}}
YAML
}

apply() { spec "$@" | ask_api "/api/v1/apps/$app" -X PUT -H 'Content-Type: application/yaml' --data-binary @- -o /dev/null; }

ask() { ask_api "/api/v1/apps/$app/$1" -X POST -o /dev/null "${@:2}"; }
scale() { ask scale -H 'Content-Type: application/json' --data "{\"replicas\":$1}"; }

forget_app() {
    ask_api "/api/v1/apps/$app" -X DELETE -o /dev/null || return 0
    while ask_api "/api/v1/apps/$app" -o /dev/null; do sleep 0.05; done
}

answering() { curl -sf --max-time 2 -H "Host: $app.localhost" "$http/?json" | sed -n 's/.*"instance":"\([^"]*\)".*/\1/p'; }

status() { ask_api "/api/v1/apps/$app"; }

# settled REPLICAS: succeeds if exactly REPLICAS instances run, all are ready, and no rollout is in
# progress
settled() {
    local now
    now=$(status) || return 1
    [[ $now == *"\"name\":\"$app\",\"state\":\"Running\""* && $now == *'"rollout":null'* ]] &&
        [[ $now == *"\"replicas\":{\"desired\":$1,\"current\":$1,\"ready\":$1}"* ]]
}

until_settled() { # until_settled REPLICAS SECONDS
    local deadline=$((SECONDS + $2))
    until settled "$1"; do
        ((SECONDS < deadline)) || die "not settled within $2 s: $(status)"
        sleep 0.05
    done
}

# await_instances N: waits until N different instances have answered through nginx. One curl process
# sends all requests, at five per second for each instance plus 20 per second. grep prints only the
# names of the instances. A curl process for each request, or a subshell for each answer, would take
# a processor core away from Docker and the platform.
await_instances() {
    local -A seen=()
    local name curl answers names deadline=$((SECONDS + patience))
    exec {answers}< <(exec curl -sfN --rate "$((5 * $1 + 20))/s" --max-time 2 -H "Host: $app.localhost" "$http/?json&[1-1000000]")
    curl=$!
    exec {names}< <(exec grep --line-buffered --only-matching "\"$app-[0-9]*\"" <&"$answers")
    exec {answers}<&-
    while ((${#seen[@]} < $1)); do
        ! read -t 1 -r name <&"$names" || seen[$name]=1
        ((SECONDS < deadline)) || die "after $patience s only ${#seen[@]} of $1 instances answer: see ./autoserve status $app"
    done
    kill "$curl"
    exec {names}<&-
}

# Prints the process id of the leader. The leader runs in a container, or in the process of `dev` on
# this machine.
leader_pid() {
    local name
    name=$(ask_api /api/v1/cluster | sed -n 's/.*"leader":"\([^"]*\)".*/\1/p')
    if docker inspect "$name" >/dev/null 2>&1; then
        docker inspect --format '{{.State.Pid}}' "$name"
    else
        pgrep -of 'autoserve.jar (dev|controller)'
    fi
}

# kib PROCESS FIELD: prints a field of the process's status in /proc, in KiB
kib() { awk -v field="$2:" '$1 == field {print $2}' "/proc/$1/status"; }

# container_of INSTANCE: prints the id of the instance's container, if the instance is ready
container_of() {
    ask_api "/api/v1/apps/$app" | grep -o "\"name\":\"$1\",\"containerId\":\"[0-9a-f]*\"[^}]*\"health\":\"Ready\"" |
        sed 's/.*"containerId":"\([0-9a-f]*\)".*/\1/' || true
}

# Sends 200 requests/s over kept-alive connections until end_load. `load_result` then prints how
# many were answered and how many failed.
begin_load() {
    cat >"$work/load.lua" <<LUA
wrk.headers["Host"] = "$app.localhost"
function delay() return 20 end
LUA
    wrk -t1 -c4 -d600s --timeout 10 -s "$work/load.lua" "$http/" >"$work/load" &
    load=$!
}

end_load() {
    [ -n "${load:-}" ] || return 0
    kill -INT "$load" 2>/dev/null || true
    wait "$load" || true
    load=
}

load_result() {
    awk '/requests in/ {answered = $1}
         /Socket errors/ {gsub(",", ""); failed += $4 + $6 + $8 + $10}
         /Non-2xx/ {failed += $NF}
         END {printf "%d requests, %d failed\n", answered, failed; exit failed > 0}' "$work/load"
}
