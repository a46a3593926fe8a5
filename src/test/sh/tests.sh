# shellcheck shell=bash
# Runs the functions test_… of the script that sources this file, as many at the same time as the
# machine has cores. Each test has a process and a folder of its own. The script defines
#
#   locate     sets the variables that hold paths in the folder $room
#   furnish    fills this folder, once; each test then gets a copy

# run_tests [TEST…]: runs these tests, or all, and prints the results in their order. Fails if a test
# fails.
run_tests() {
    local tests=("$@") cores running=0 failed=0 name
    (($# > 0)) || mapfile -t tests < <(compgen -A function test_)
    cores=$(nproc)
    rooms=$(mktemp -d)
    trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$rooms"' EXIT
    room=$rooms/furnished
    mkdir "$room"
    (locate; furnish)
    for name in "${tests[@]}"; do
        if ((running < cores)); then running=$((running + 1)); else wait -n || true; fi
        run_test "$name" >"$rooms/$name.log" 2>&1 &
    done
    wait
    for name in "${tests[@]}"; do
        report "$name" || failed=1
    done
    return "$failed"
}

run_test() {
    attempt in_its_room "$1"
    ((status > 0)) || touch "$rooms/$1.passed"
}

in_its_room() {
    room=$rooms/$1
    cp -a "$rooms/furnished" "$room"
    locate
    "$1"
}

# attempt COMMAND…: runs the command in a process of its own and sets `status`. In a condition, bash
# would ignore `set -e`, and a failing step would pass.
attempt() {
    set +e
    (set -e; "$@")
    status=$?
    set -e
}

report() {
    local sentence=${1#test_}
    sentence=${sentence//_/ }
    if [[ -e $rooms/$1.passed ]]; then
        echo "ok     $sentence"
    else
        echo "FAILED $sentence"
        sed 's/^/       /' "$rooms/$1.log"
        return 1
    fi
}
