# shellcheck shell=bash
# Measures the time that Docker alone needs to create and start containers of the demo app. This is
# the floor that the platform's own time is compared with. A script that sources this file must
# source api.sh first, and must set `network`, the network that the containers join.

engine=/var/run/docker.sock
floor_label=load-floor

engine() { # engine METHOD PATH [BODY]
    curl -sf --unix-socket "$engine" -X "$1" -H 'Content-Type: application/json' "http://engine/v1.41$2" ${3:+--data "$3"}
}

# floor_of COUNT AT-ONCE: prints the milliseconds in which Docker alone creates and starts COUNT
# containers, AT-ONCE at a time, until each answers
floor_of() {
    local begin took i
    forget_floor
    begin=$(now)
    for ((i = 0; i < $1; i++)); do
        while (($(jobs -rp | wc -l) >= $2)); do wait -n || true; done
        floor_one "load-floor-$i" &
    done
    wait
    took=$(($(now) - begin))
    same_count "$1" "$(docker ps --quiet --filter "label=$floor_label" | wc -l)"
    forget_floor
    echo "$took"
}

floor_one() { # floor_one NAME: one container, until it answers
    local answer id address
    answer=$(engine POST "/containers/create?name=$1" "{\"Image\":\"localhost/autoserve-demo\",\"Labels\":{\"$floor_label\":\"\"},
        \"Healthcheck\":{\"Test\":[\"NONE\"]},\"HostConfig\":{\"NetworkMode\":\"$network\",\"Init\":true}}")
    [[ $answer =~ \"Id\":\"([0-9a-f]+)\" ]] && id=${BASH_REMATCH[1]}
    engine POST "/containers/$id/start"
    answer=$(engine GET "/containers/$id/json")
    [[ $answer =~ \"IPAddress\":\"([0-9.]+)\" ]] && address=${BASH_REMATCH[1]}
    until curl -sf --max-time 1 -o /dev/null "http://$address:8080/"; do :; done
}

# A container that did not start would make the floor too low.
same_count() {
    (($1 == $2)) || die "Docker started only $2 of $1 containers: see docker events, then try again"
}

# Removes the containers with four parallel commands, because a slow Docker needs long for it.
forget_floor() {
    docker ps --all --quiet --filter "label=$floor_label" | xargs --no-run-if-empty --max-procs 4 --max-args 8 docker rm --force >/dev/null
}

# best_at_once COUNT: prints how many containers Docker should start at once to start COUNT
# containers fastest. Tries each candidate and prints its time to stderr. A trial uses at most 24
# containers, which are enough to find the best, and which every candidate divides evenly. AT_ONCE
# (2 4 8 12) lists the candidates. A single candidate is printed without a trial.
best_at_once() {
    local count=$1 candidates at_once took best='' least
    read -ra candidates <<<"${AT_ONCE:-2 4 8 12}"
    ((${#candidates[@]} > 1)) || { echo "${candidates[0]}" && return; }
    ((count <= 24)) || count=24
    for at_once in "${candidates[@]}"; do
        took=$(floor_of "$count" "$at_once")
        echo "Docker alone, $count containers, $at_once at once: $took ms" >&2
        [[ -n $best ]] && ((took >= least)) || best=$at_once least=$took
    done
    echo "$best"
}

# Prints how many times longer one `docker run` takes than on a quiet machine, where it takes 0.4 s.
# Prints a whole number of at least 1.
slowness() {
    local try begin run
    run=$(for try in 1 2 3; do
        begin=$(now)
        docker run --rm --network "$network" --label "$floor_label=$try" localhost/autoserve-demo --check >/dev/null 2>&1 || true
        echo $(($(now) - begin))
    done | median)
    echo "one docker run takes $run ms" >&2
    echo $(((run + 399) / 400))
}

# Succeeds if a network is attachable. When Docker leaves a swarm, it disconnects the containers
# from such networks.
attachable() {
    local networks
    networks=$(docker network ls --quiet --filter driver=bridge)
    # shellcheck disable=SC2086 # one word for each network
    docker network inspect --format '{{.Attachable}}' $networks | grep -qx true
}
