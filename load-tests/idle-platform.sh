#!/usr/bin/env bash
# Measures the processor time and the memory of the whole platform over a minute in which nothing
# happens, with 3 and with 50 idle instances: every container of the platform, and what Docker's own
# processes (dockerd, containerd and its shims) use. Compares them with the platform's bare parts,
# which run beside it in the same minute: a Patroni pair with etcd, two nginx, and three programs on
# the same Java and Vert.x that together make the same health checks. The bare parts use no TLS, do
# nothing else, and Docker does not check their health. Fails if the platform and Docker use more than
# 1.5 times the processor time of the bare parts. Needs cgroup v1 or v2, and `platform up --demo`.
#
#   load-tests/idle-platform.sh [INSTANCES…]      3 and 50 by default, besides those of the demo app
#
#   SETTLED=720   seconds until the work after the start is over and Java has compiled its code
#   MEASURED=60   seconds of the measurement
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
source "$top/load-tests/cluster.sh"

settled=${SETTLED:-720} measured=${MEASURED:-60}
bar=1.5
period=5 # seconds between health checks, the default of a spec
each=5   # instances of an app, at most
floor=$name-idle-floor
parts=("$floor-etcd" "$floor-database-"{1,2} "$floor-nginx-"{1,2} "$floor-program-"{1..3})
declare -A pid before after engine_before
on_exit 'set +e; forget_floor; forget_apps; rm -rf "$work"'

main() {
    local count counts=("$@")
    (($# > 0)) || counts=(3 50)
    curl -sf "$api/health/ready" -o /dev/null || die "no ready controller answers at $api: run ./autoserve platform up --demo"
    forget_floor
    prepare_floor
    for count in "${counts[@]}"; do compare "$count"; done
    exit "$failed"
}

compare() { # compare INSTANCES
    apply "$1"
    start_floor
    echo "waiting $settled s until nothing happens any more"
    sleep "$settled"
    measure "$1"
    forget_floor
    forget_apps
    await 300 none_is_left || die "the apps of the test were not deleted in 300 s: see ./autoserve events"
}

# The apps

apply() { # apply INSTANCES: as apps of a few instances each
    local left=$1 number replicas
    for ((number = 0; left > 0; number++, left -= each)); do
        replicas=$((left < each ? left : each))
        spec "load-idle$number" "$replicas" |
            curl_api -sf -m 30 -X PUT -H 'Content-Type: application/yaml' --data-binary @- -o /dev/null "$api/api/v1/apps/load-idle$number"
    done
    await 300 all_are_ready "$1" || die "the $1 instances did not become ready in 300 s: see ./autoserve events"
}

spec() { # spec APP REPLICAS
    cat <<YAML
apiVersion: v1
kind: App
metadata: {name: $1}
spec:
  image: localhost/autoserve-demo
  imagePullPolicy: Never
  ports: [{containerPort: 8080}]
scaling: {mode: manual, minReplicas: $2, maxReplicas: $2}
healthCheck: {protocol: HTTP, path: /health, periodSeconds: $period}
YAML
}

all_are_ready() { # all_are_ready INSTANCES
    local app ready=0
    for app in $(made_apps); do ready=$((ready + $(curl_api -sf -m 10 "$api/api/v1/apps/$app" | field ready))); done
    ((ready == $1))
}

addresses() { # prints the addresses of all instances, those of the demo app included
    docker ps --quiet --filter "label=autoserve.installation=$name" --filter label=autoserve.instance |
        xargs docker inspect --format "{{with index .NetworkSettings.Networks \"$name\"}}{{.IPAddress}}{{end}}"
}

# The bare parts

prepare_floor() {
    "$(dirname "$java")/javac" -cp "$top/target/autoserve.jar" -d "$work" "$top/load-tests/IdleFloor.java"
    cat >"$work/nginx.conf" <<'NGINX'
pid /tmp/nginx.pid;
error_log stderr;
events {}
http { access_log off; server { listen 8080; return 204; } }
NGINX
    # The settings that decide how often Patroni works are those of the platform.
    cat >"$work/patroni.yml" <<YML
scope: floor
bootstrap:
  dcs:
$(grep -E '^    (ttl|loop_wait|retry_timeout|synchronous_mode|failsafe_mode):' "$top/src/main/docker/postgres/patroni.yml")
  initdb: [{encoding: UTF8}, data-checksums]
etcd3: {hosts: "$floor-etcd:2379"}
postgresql:
  bin_dir: /usr/lib/postgresql/17/bin
  data_dir: /var/lib/postgresql/data
  listen: "*:5432"
  pg_hba: [local all all trust, host all all 0.0.0.0/0 trust, host replication all 0.0.0.0/0 trust]
  authentication:
    superuser: {username: postgres}
    replication: {username: replication, password: floor}
YML
    chmod -R a+rX "$work"
}

start_floor() {
    local number
    docker network create "$floor" >/dev/null
    bare etcd --network "$floor" --entrypoint etcd localhost/autoserve/postgres --data-dir=/tmp/etcd \
        --listen-client-urls=http://0.0.0.0:2379 "--advertise-client-urls=http://$floor-etcd:2379"
    for number in 1 2; do
        bare "database-$number" --network "$floor" --shm-size 256m --env "PATRONI_NAME=$floor-database-$number" \
            --env "PATRONI_POSTGRESQL_CONNECT_ADDRESS=$floor-database-$number:5432" --env PATRONI_RESTAPI_LISTEN=0.0.0.0:8008 \
            --env "PATRONI_RESTAPI_CONNECT_ADDRESS=$floor-database-$number:8008" \
            --entrypoint patroni localhost/autoserve/postgres /floor/patroni.yml
        bare "nginx-$number" --network "$floor" --entrypoint nginx localhost/autoserve/nginx -c /floor/nginx.conf -g 'daemon off;'
    done
    start_programs
    await 120 floor_is_in_sync || die "the bare databases did not replicate in 120 s: see docker logs $floor-database-1"
}

# Starts three programs, each of which checks a third of the instances. Their Java options for memory
# are those of a controller, but they have no AOT cache.
start_programs() {
    local number options all
    mapfile -t all < <(addresses)
    ((${#all[@]} >= 3)) || die "the platform has ${#all[@]} instances, but each of three programs needs one: pass a larger number of INSTANCES"
    mapfile -t options < <(grep -oE -- '-XX:(\+UseCompact|Trim|MinHeap|MaxHeap|MaxRAM)[^ ]*' "$top/src/main/docker/controller/start")
    for number in 1 2 3; do
        # shellcheck disable=SC2046 # one word for each address
        bare "program-$number" --network "$name" --cpus 1 --memory 768m --entrypoint java localhost/autoserve/controller "${options[@]}" \
            -cp /floor:/opt/autoserve/autoserve.jar IdleFloor "$period" \
            $(printf '%s\n' "${all[@]}" | awk -v "number=$number" 'NR % 3 + 1 == number')
    done
}

bare() { # bare PART DOCKER-ARGUMENT…
    docker run --detach --name "$floor-$1" --label "$floor" --no-healthcheck --volume "$work:/floor:ro" "${@:2}" >/dev/null
}

floor_is_in_sync() {
    docker exec "$floor-database-1" patronictl --config-file /floor/patroni.yml list | grep --quiet 'Sync Standby .* streaming'
}

forget_floor() {
    docker ps --all --quiet --filter "label=$floor" | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
    docker network rm "$floor" >/dev/null 2>&1 || true
}

# The figures

measure() { # measure INSTANCES
    local platform all part
    mapfile -t platform < <(docker ps --filter "label=com.docker.compose.project=$name" --format '{{.Names}}' | sort)
    all=("${platform[@]}" "${parts[@]}")
    for part in "${all[@]}"; do
        pid[$part]=$(docker inspect --format '{{.State.Pid}}' "$part")
        before[$part]=$(micros_of "${pid[$part]}")
    done
    remember_engine
    sleep "$measured"
    docker_used=$(engine_used)
    for part in "${all[@]}"; do after[$part]=$(micros_of "${pid[$part]}"); done
    docker stats --no-stream --format '{{.Name}} {{.MemUsage}}' "${all[@]}" | awk '{print $1, $2}' >"$work/memory"
    report "$1" "${platform[@]}"
}

report() { # report INSTANCES CONTAINER…
    local part mine=0 bare=0
    printf '%d idle instances besides the demo app, over %d s:\n' "$1" "$measured"
    for part in "${@:2}"; do mine=$((mine + $(cost "$part"))) && line "$part" "$(cost "$part")" "$(memory "$part")"; done
    line "Docker's own processes" "$docker_used" ''
    mine=$((mine + docker_used))
    line 'all of the platform' "$mine" "$(total "${@:2}")"
    for part in "${parts[@]}"; do bare=$((bare + $(cost "$part"))) && line "$part" "$(cost "$part")" "$(memory "$part")"; done
    line 'all bare parts' "$bare" "$(total "${parts[@]}")"
    check "the platform uses $(ratio "$mine" "$bare") times the processor time of its bare parts (bar: $bar)" \
        at_most "$mine" "$bare"
}

cost() { echo $((${after[$1]} - ${before[$1]})); } # microseconds

line() { # line WHAT MICROSECONDS MEMORY
    printf '  %-34s %6s %% of a core  %s\n' "$1" "$(awk -v u="$2" -v s="$measured" 'BEGIN {printf "%.2f", u / s / 1e4}')" "$3"
}

memory() { awk -v name="$1" '$1 == name {print $2}' "$work/memory"; }

total() { # total CONTAINER…: prints how much memory the containers use together
    local part
    for part in "$@"; do memory "$part"; done |
        awk '/GiB/ {sum += $1 * 1024} /MiB/ {sum += $1} /KiB/ {sum += $1 / 1024} END {printf "%.0fMiB\n", sum}'
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }

at_most() { awk -v a="$1" -v b="$2" -v bar="$bar" 'BEGIN {exit !(a <= bar * b)}'; }

# Docker's own processes use time for the bare parts too, but little, because they check no health.

remember_engine() {
    local process
    engine_before=()
    for process in $(engine_processes); do engine_before[$process]=$(ticks "$process"); done
}

engine_used() { # prints the microseconds since remember_engine
    local process sum=0
    for process in $(engine_processes); do sum=$((sum + $(ticks "$process") - ${engine_before[$process]:-0})); done
    echo $((sum * 1000000 / $(getconf CLK_TCK)))
}

# Leaves out processes in containers (Docker in Docker). The kernel keeps only 15 characters of a name.
engine_processes() {
    pgrep --ns $$ --nslist pid --exact 'dockerd|containerd|containerd-shim'
}

# ticks PROCESS: prints its time, with that of children that ended, such as the runc of a health check
ticks() {
    awk '{sub(/^.*\) /, ""); print $12 + $13 + $14 + $15}' "/proc/$1/stat" 2>/dev/null || echo 0
}

main "$@"
