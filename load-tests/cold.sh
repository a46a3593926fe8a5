#!/usr/bin/env bash
# Kills all controllers and starts them again, and measures the time until the first write is
# answered. Compares it with three bare programs, which run on the same Java, options, class path and
# cache as the controllers, connect to the database and commit once; see ColdFloor.java. Both are
# measured in turns, while no controller runs. Fails if the median is more than twice that of the
# bare programs. Run it with the platform and the demo app: ./autoserve platform up --demo
#
#   load-tests/cold.sh [ROUNDS]      10 by default
#
# The time begins just before docker start. It ends with the answer to the first write, or when all
# three bare programs have committed.
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"

rounds=${1:-10}
control=${AUTOSERVE_CONTROL_ADDRESSES:-172.21.0}
floors=("$name-cold-floor-"{1..3})
# The bare programs go first, because they have the addresses of the controllers.
on_exit 'set +e; forget_floors; docker start "${controllers[@]}" >/dev/null; forget_apps; rm -rf "$work"'
trap 'exit 130' INT TERM HUP

main() {
    local round
    await 120 settled || die "the platform is not healthy: ./autoserve doctor"
    create_floors
    for ((round = 1; round <= rounds; round++)); do
        await 120 settled || die "the platform is not healthy: ./autoserve doctor"
        docker kill "${controllers[@]}" >/dev/null
        sleep 2 # until the database has ended the leader's session
        floor >>"$work/floor"
        ours >>"$work/ours"
        echo "round $round: bare programs $(tail -1 "$work/floor") ms, platform $(tail -1 "$work/ours") ms"
    done
    judge "$(median <"$work/floor")" "$(median <"$work/ours")"
}

judge() { # judge FLOOR OURS
    check "all controllers dead until the first write, median: bare programs $1 ms, platform $2 ms, ratio $((100 * $2 / $1)) % (at most 200 %; worst $(worst <"$work/ours") ms)" \
        test "$2" -le $((2 * $1))
    exit "$failed"
}

ours() {
    local begin
    begin=$(now)
    docker start "${controllers[@]}" >/dev/null
    await 60 writable || die "no write is answered 60 s after the start: ./autoserve doctor"
    echo $(($(now) - begin))
}

floor() {
    local begin
    rm -f "$work/floor-classes"/done-*
    begin=$(now)
    docker start "${floors[@]}" >/dev/null
    await 60 all_committed || die "the bare programs did not commit within 60 s: docker logs ${floors[0]}"
    echo $(($(now) - begin))
    docker kill "${floors[@]}" >/dev/null
    sleep 1 # until Docker has freed their addresses
}

all_committed() {
    [[ -e $work/floor-classes/done-1 && -e $work/floor-classes/done-2 && -e $work/floor-classes/done-3 ]]
}

settled() {
    healthy && in_sync && ready "${controllers[0]}" && ready "${controllers[1]}" && ready "${controllers[2]}"
}

# Creates the containers of the bare programs, with the limits and the addresses of the controllers'
# containers. The databases accept clients from those addresses only.
create_floors() {
    local number primary parent options
    mkdir "$work/floor-classes"
    "$(java_home)/bin/javac" -cp "$top/target/autoserve.jar" -d "$work/floor-classes" "$top/load-tests/ColdFloor.java"
    chmod a+rx "$work"
    chmod -R a+rwX "$work/floor-classes" # the programs create their files there
    primary=$(curl_api -sf -m 10 "$api/api/v1/cluster" | field primary | cut -d : -f 1)
    parent=$(docker inspect --format '{{.HostConfig.CgroupParent}}' "${controllers[0]}")
    mapfile -t options < <(grep -v '^#' "$top/src/main/docker/controller/start" | grep -oE -- "-X[^' ]+")
    forget_floors
    for number in 1 2 3; do
        docker create --name "${floors[number - 1]}" --network "0-$name-control" --ip "$control.2$number" --cpus 1 --cpu-shares 4096 --memory 768m \
            --cgroup-parent "$parent" --volume "$name-controller-secrets:/run/autoserve:ro" --volume "$work/floor-classes:/floor" \
            --entrypoint java localhost/autoserve/controller "${options[@]}" -cp autoserve.jar:/floor ColdFloor "$primary" "/floor/done-$number" >/dev/null
    done
}

forget_floors() {
    docker rm --force "${floors[@]}" >/dev/null 2>&1 || true
}

main
