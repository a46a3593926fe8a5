#!/usr/bin/env bash
# Fills the disk of the databases, of the controllers' logs and of a container, and checks that
# traffic continues, that refusals name the cause, and that everything continues when there is room.
# Starts a second platform, called full-disk, and removes it afterwards. Run it as root, after
# `./autoserve platform up --demo`, which has built the images. That platform may continue to run.
#
#   load-tests/full-disk.sh PART…    all of them by default
#
#   database    both databases on one full disk: writes get 503 with the cause, reads are answered
#   logs        the volume of the controllers' logs: everything is answered
#   engine      Docker has no room for a container's files: no instance fails, and status says why
#
# The disks are files with a file system, so this machine's own disk does not fill up. Each is at
# most 1 GB large, and is in DISK_FOLDER (/var/tmp). SECONDS_EACH (30): how long a disk stays full
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
export AUTOSERVE_INSTALLATION=full-disk AUTOSERVE_SUBNET=172.28.0.0/16 AUTOSERVE_ADDRESSES=172.28.0 \
    AUTOSERVE_DYNAMIC=172.28.64.0/18 AUTOSERVE_CONTROL_ADDRESSES=172.29.0 \
    AUTOSERVE_HTTP_PORT=9080 AUTOSERVE_HTTPS_PORT=9443 AUTOSERVE_API_PORT=9000 AUTOSERVE_API_TLS_PORT=9444 \
    AUTOSERVE_CONTROLLER_1_PORT=9001 AUTOSERVE_CONTROLLER_2_PORT=9002 AUTOSERVE_CONTROLLER_3_PORT=9003 \
    AUTOSERVE_POSTGRES_PRIMARY_PORT=9432 AUTOSERVE_POSTGRES_REPLICA_PORT=9433
# shellcheck source=load-tests/cluster.sh
source "$top/load-tests/cluster.sh"

folder=${DISK_FOLDER:-/var/tmp}
seconds=${SECONDS_EACH:-30}
visited=visited # the app that gets the requests; `demo` is an app of the first platform
volume=$name.hungry.data # AutoServe gives the volume `data` of the app `hungry` this name
disks=()
probe=

on_exit 'set +e; end_probe; take_down; rm -rf "$work"'
trap 'exit 130' INT TERM HUP

main() {
    local part
    (($(id -u) == 0)) || die "Only root may mount file systems: run it with sudo"
    (($(df --output=avail --block-size=1M "$folder" | tail -1) >= 2048)) || die "$folder has less than 2 GB free: set DISK_FOLDER"
    docker image inspect localhost/autoserve-demo >/dev/null 2>&1 || die "the image of the demo app is missing: run ./autoserve platform up --demo"
    take_down
    "$top/autoserve" platform up >"$work/up" 2>&1 || { cat "$work/up" && die "the second platform did not start"; }
    visited_spec >"$work/visited.yaml"
    "$top/autoserve" apply "$work/visited.yaml" --wait --url "$api" >"$work/apply" 2>&1 || { cat "$work/apply" && die "the app $visited did not start"; }
    for part in "$@"; do
        echo "$part"
        await 120 settled || echo "  the platform is not settled before the start"
        begin_probe
        "$part"
        check "the platform has recovered" await 120 settled
        end_probe
        judge_traffic
    done
    exit "$failed"
}

# The parts

database() {
    local number answer
    move_to_disk 1000 database "$name-postgres-replica" "$name-postgres-primary"
    fill database
    : >"$work/answers"
    for ((number = 0; number < 5 * seconds; number++)); do
        write "$number" >>"$work/answers"
        sleep 0.2
    done
    echo "  writes by answer: $(sed 's/"instance.*//' "$work/answers" | cut -c 1-160 | sort | uniq -c | sort -rn | head -5)"
    check "a write is refused with 503 and the cause" grep -q '^503 .*disk is full' "$work/answers"
    check "no write gets an internal error" test "$(grep -c '^500 ' "$work/answers")" -eq 0
    check "reads are answered while the disk is full" curl_api -sf -m 10 -o /dev/null "$api/api/v1/apps/$visited"
    make_room database
    check "writes are answered within 60 s when there is room" await 60 writable
    answer=$(write last)
    check "a large write is answered too" same 2 "${answer:0:1}"
}

logs() {
    local number before restarts
    move_to_disk 50 logs "${controllers[@]}"
    restarts=$(restarts)
    fill logs
    : >"$work/answers"
    for ((number = 0; number < seconds; number++)); do
        write "$number" >>"$work/answers"
        sleep 1
    done
    check "all writes are answered while the disk is full" test "$(grep -vc '^2' "$work/answers")" -eq 0
    check "no controller was restarted" same "$restarts" "$(restarts)"
    make_room logs
    before=$(log_size)
    check "the files of the logs grow again" await 60 logs_grow "$before"
}

engine() {
    local before
    make_disk 400 engine
    docker volume create "$volume" >/dev/null
    mkdir "$work/disk-engine/volume" # without lost+found, because Docker fills empty volumes only
    bind "$work/disk-engine/volume" "$volume"
    fill engine
    before=$(newest_event)
    hungry_spec | curl_api -sf -m 10 -X PUT -H 'Content-Type: application/yaml' --data-binary @- -o /dev/null "$api/api/v1/apps/hungry"
    check "status says that Docker's disk is full" await 60 hungry_says "Docker's disk is full"
    sleep "$seconds"
    check "no instance failed while the disk was full" same '' \
        "$(curl_api -sf -m 10 "$api/api/v1/events?type=InstanceFailed&after=$before&limit=100" | grep -o '"app":"hungry"')"
    make_room engine
    check "the instance starts within 60 s when there is room" await 60 hungry_says '"ready":1'
    curl_api -sf -m 10 -X DELETE -o /dev/null "$api/api/v1/apps/hungry"
    await 60 hungry_is_gone
}

# Disks

make_disk() { # make_disk MEGABYTES NAME
    local file=$folder/$name-$2.img
    truncate --size "$1M" "$file"
    mkfs.ext4 -q -m 0 -E lazy_itable_init=0 "$file"
    mkdir -p "$work/disk-$2"
    mount -o loop "$file" "$work/disk-$2"
    disks+=("$work/disk-$2")
}

bind() { # bind FOLDER VOLUME: makes the folder the content of the volume
    local mountpoint
    mountpoint=$(docker volume inspect --format '{{.Mountpoint}}' "$2")
    mount --bind "$1" "$mountpoint"
    disks+=("$mountpoint")
}

# move_to_disk MEGABYTES NAME CONTAINER…: moves the data of the containers to a new disk. The standby
# stops first and starts last, so that the primary stays the primary.
move_to_disk() {
    local data container
    make_disk "$1" "$2"
    docker stop "${@:3}" >/dev/null
    for container in "${@:3}"; do
        data=$container
        [[ $2 != logs ]] || data=$name-logs # the controllers share this volume
        [[ ! -e $work/disk-$2/$data ]] || continue
        cp --archive "$(docker volume inspect --format '{{.Mountpoint}}' "$data")" "$work/disk-$2/$data"
        bind "$work/disk-$2/$data" "$data"
    done
    printf '%s\n' "${@:3}" | tac | xargs docker start >/dev/null
    await 180 settled || die "the platform did not recover from the move to the new disk"
}

# Writes real blocks at the end, because fallocate leaves a rest that is smaller than its metadata.
fill() { # fill NAME
    local free
    free=$(df --output=avail --block-size=1 "$work/disk-$1" | tail -1)
    ((free < 4194304)) || fallocate --length $((free - 2097152)) "$work/disk-$1/filler"
    dd if=/dev/zero of="$work/disk-$1/rest" bs=4096 2>/dev/null || true
    echo "  the disk is full: $(df --output=avail --block-size=1K "$work/disk-$1" | tail -1) kB free"
}

make_room() { # make_room NAME
    rm -f "$work/disk-$1/filler" "$work/disk-$1/rest"
}

take_down() {
    local index
    docker ps --all --quiet --filter "label=com.docker.compose.project=$name" | xargs --no-run-if-empty docker stop --time 2 >/dev/null
    for ((index = ${#disks[@]} - 1; index >= 0; index--)); do umount "${disks[index]}" || umount --lazy "${disks[index]}"; done
    disks=()
    rm -f "$folder/$name"-*.img
    "$top/autoserve" platform down --volumes >"$work/down" 2>&1 || true # nothing may be there
    docker volume rm "$volume" >/dev/null 2>&1 || true
}

# Conditions and measurements

settled() {
    local controller
    for controller in "${controllers[@]}"; do ready "$controller" || return; done
    healthy && in_sync
}

# Writes an app that does not fit in the free rest of a page, so the database must extend its files.
# Prints the status and the body of the answer in one line.
write() {
    local text
    text=$(head -c 20000 /dev/urandom | base64 --wrap 0)
    app_spec load-full "$1 $text" >"$work/spec"
    rm -f "$work/answer"
    echo "$(curl_api -s -m 30 -X PUT -H 'Content-Type: application/yaml' --data-binary "@$work/spec" -o "$work/answer" \
        -w '%{http_code}' "$api/api/v1/apps/load-full") $(tr -d '\n' <"$work/answer")"
} 2>/dev/null

# Prints the spec of the demo app with another name, because two platforms on one Docker cannot have
# containers of the same name.
visited_spec() {
    sed "s/^\( *name\|  *app\): demo$/\1: $visited/" "$top/src/main/resources/examples/demo.yaml"
}

hungry_spec() {
    cat <<'YAML'
apiVersion: v1
kind: App
metadata: {name: hungry}
spec:
  image: localhost/autoserve/nginx
  imagePullPolicy: Never
  command: [perl, -MIO::Socket::INET, -e, 'my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die; while (my $client = $server->accept) { close $client }']
  ports: [{containerPort: 8080}]
  stopGraceSeconds: 1
  volumes: [{name: data, mountPath: /usr/share}] # Docker fills a new volume with what the image has there
scaling: {mode: manual, minReplicas: 1, maxReplicas: 1}
healthCheck: {readiness: {protocol: TCP}}
rollout: {drainSeconds: 1}
YAML
}

hungry_says() {
    curl_api -sf -m 10 "$api/api/v1/apps/hungry" | grep -qF "$1"
}

hungry_is_gone() {
    ! curl_api -sf -m 10 -o /dev/null "$api/api/v1/apps/hungry"
}

restarts() {
    docker inspect --format '{{.RestartCount}} {{.State.StartedAt}}' "${controllers[@]}"
}

log_size() {
    du --bytes --summarize "$work/disk-logs/$name-logs" | cut -f 1
}

logs_grow() { # logs_grow BYTES
    write again >/dev/null
    (($(log_size) > $1))
}

begin_probe() {
    mkfifo "$work/input" # the probe ends when we close it
    "$java" -XX:TieredStopAtLevel=1 "$top/load-tests/Probe.java" "$apps" 10 <"$work/input" >"$work/probe" &
    probe=$!
    exec {input}>"$work/input"
    await 60 grep -q steady "$work/probe"
}

end_probe() {
    [[ -n $probe ]] || return 0
    exec {input}>&-
    rm -f "$work/input"
    wait "$probe" || true
    probe=
}

judge_traffic() {
    local sent failures
    read -r sent failures _ < <(tail -1 "$work/probe")
    check "requests to the app meanwhile: $failures of $sent failed (none may)" same 0 "$failures"
}

(($#)) || set -- database logs engine
main "$@"
