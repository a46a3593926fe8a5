#!/usr/bin/env bash
# Measures what TLS and the firewall inside the platform cost. Each figure is measured twice in one
# run, in turns: as the platform works, and without TLS. Fails if GETs through the load balancer
# keep less than 75 % of their throughput, or writes and pushes of route tables less than 90 %. Run
# it as root, with the platform and the demo app: ./autoserve platform up --demo
#
#   load-tests/inside.sh [ROUNDS]      7 by default; the figures are medians
#
# GETs and writes without TLS go through a second load balancer, which reaches the controllers'
# plain port. Route tables are pushed to two idle nginx, one with certificates and one without. The
# requests to an app, which cross the firewall's rules on their way, are measured with the rules and
# without them.
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"

rounds=${1:-7}
seconds=5 # of each measurement of throughput
writes=40 # of each round
pushes=100 # of each round
control=${AUTOSERVE_CONTROL_ADDRESSES:-172.21.0}
plain=$name-inside
token=load-test
on_exit 'forget; rm -rf "$work"'

main() {
    local tool
    for tool in curl wrk openssl; do
        command -v "$tool" >/dev/null || die "$tool is missing: apt-get install $tool"
    done
    forget
    start_balancer
    make_certificates
    start_nginx tls --volume "$work/tls:/run/autoserve:ro"
    start_nginx plain
    compare "GETs per second through the load balancer" 75 higher gets_with gets_without
    compare "seconds for $writes writes, one after the other" 90 lower writes_with writes_without
    compare "seconds for $pushes pushes of route tables" 90 lower pushes_with pushes_without
    compare "requests per second to an app" 90 higher requests_with requests_without
    ((failed == 0))
}

# compare WHAT PERCENT BETTER WITH WITHOUT: runs both commands in turns and compares the medians of
# what they print. BETTER says whether a higher or a lower number is better.
compare() {
    local round with without kept
    : >"$work/with"
    : >"$work/without"
    for ((round = 0; round < rounds; round++)); do
        "$4" >>"$work/with"
        "$5" >>"$work/without"
    done
    with=$(median <"$work/with") without=$(median <"$work/without")
    kept=$(awk -v with="$with" -v without="$without" -v better="$3" \
        'BEGIN {print int(100 * (better == "higher" ? with / without : without / with) + 0.5)}')
    printf '%-48s %10s, without %10s\n' "$1" "$with" "$without"
    check "keeps $kept % (at least $2 %)" test "$kept" -ge "$2"
}

# The load balancer

start_balancer() {
    docker run --detach --name "$plain-lb" --network "0-$name-control" --user www-data --cpus 1 --memory 128m \
        --env "AUTOSERVE_CONTROLLERS=$control.21:8000 $control.22:8000 $control.23:8000" --env "AUTOSERVE_INSTALLATION=$name" \
        localhost/autoserve/nginx controller-lb >/dev/null
    plain_api=http://$(address "$plain-lb"):8000
    secure_api=http://$(address "$name-controller-lb"):8000
    await 60 curl -sf "$plain_api/health/ready" -o /dev/null || die "the plain load balancer does not answer: docker logs $plain-lb"
}

# Both load balancers are asked at their own addresses. Docker's proxy of a published port would cost
# more than what is measured.
gets_with() { gets "$secure_api"; }
gets_without() { gets "$plain_api"; }

gets() {
    cat >"$work/get.lua" <<'LUA'
wrk.headers["Authorization"] = "Bearer " .. os.getenv("AUTOSERVE_TOKEN")
LUA
    throughput -s "$work/get.lua" "$1/api/v1/apps"
}

# throughput WRK-ARGUMENT…: prints the requests per second. Fails if a request failed.
throughput() {
    wrk -t1 -c8 "-d${seconds}s" --timeout 10 "$@" >"$work/wrk"
    ! grep -E 'Non-2xx|Socket errors' "$work/wrk" >&2 || die "requests failed"
    awk '/Requests\/sec/ {print int($2)}' "$work/wrk"
}

writes_with() { time_writes "$secure_api"; }
writes_without() { time_writes "$plain_api"; }

# Writes one app after the other. It pauses between them, because a token may make ten changes per
# second, and counts only the time of the requests.
time_writes() {
    local number
    for ((number = 0; number < writes; number++)); do
        app_spec load-inside "$((RANDOM))" | curl_api -sf -m 10 -X PUT -H 'Content-Type: application/yaml' --data-binary @- \
            -o /dev/null -w '%{time_total}\n' "$1/api/v1/apps/load-inside"
        sleep 0.12
    done | awk '{sum += $1} END {printf "%.3f\n", sum}'
}

# Route tables

# Creates an authority, and from it the certificates of an nginx and of a controller.
make_certificates() {
    mkdir -p "$work/tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=load-test \
        -keyout "$work/ca.key" -out "$work/tls/ca.crt" 2>/dev/null
    certificate nginx "$work/tls/part"
    certificate controller "$work/controller"
    chmod -R a+rX "$work"
}

certificate() { # certificate PART FILES
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name-$1" -keyout "$2.key" -out "$2.csr" 2>/dev/null
    openssl x509 -req -in "$2.csr" -CA "$work/tls/ca.crt" -CAkey "$work/ca.key" -days 1 -out "$2.crt" 2>/dev/null \
        -extfile <(printf 'subjectAltName=DNS:%s-%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$name" "$1")
}

start_nginx() { # start_nginx NAME DOCKER-OPTION…
    mkdir -p "$work/proxy" && echo "$token" >"$work/proxy/token" && chmod -R a+rX "$work/proxy"
    docker run --detach --name "$plain-$1" --network "0-$name-control" --env "AUTOSERVE_INSTALLATION=$name" \
        --volume "$work/proxy:/var/lib/autoserve/proxy:ro" "${@:2}" localhost/autoserve/nginx >/dev/null
    await 60 push_one "$1" || die "nginx takes no route table: docker logs $plain-$1"
}

pushes_with() { time_pushes tls; }
pushes_without() { time_pushes plain; }

push_one() {
    pushes=1 time_pushes "$1" >/dev/null
}

# Pushes the tables over one connection, as a controller does, and prints the sum of their times. The
# first push is not counted, because it opens the connection. The number of a table must be higher
# than that of the table before; the time in microseconds is.
time_pushes() {
    local number address
    address=$(address "$plain-$1")
    : >"$work/pushes"
    for ((number = 0; number <= pushes; number++)); do
        ((number == 0)) || echo next >>"$work/pushes"
        table "${EPOCHREALTIME/[.,]/}" >"$work/table-$number"
        push "$1" "$address" "$work/table-$number" >>"$work/pushes"
    done
    curl --config "$work/pushes" | awk 'NR > 1 {sum += $1} END {printf "%.3f\n", sum}'
}

push() { # push NAME ADDRESS FILE: prints the options of curl for one push
    local url=http://$2:8081/table
    if [[ $1 == tls ]]; then
        url=https://$name-nginx:8081/table
        printf '%s = "%s"\n' resolve "$name-nginx:8081:$2" cacert "$work/tls/ca.crt" \
            cert "$work/controller.crt" key "$work/controller.key"
    fi
    printf '%s = "%s"\n' url "$url" request PUT header "Authorization: Bearer $token" data-binary "@$3" output /dev/null write-out '%{time_total}\n'
    printf 'silent\nshow-error\nfail\n'
}

table() { # table SEQ: prints a table of 200 apps
    local app apps=''
    for ((app = 0; app < 200; app++)); do
        apps+="${apps:+,}\"app-$app\":{\"hosts\":[{\"host\":\"app-$app.localhost\",\"path\":\"/\"}],\"algorithm\":\"least_conn\",\"maxBody\":16777216,\"websocket\":true,\"timeouts\":{\"connect\":2000,\"send\":60000,\"read\":60000},\"endpoints\":[{\"instance\":\"app-$app-0\",\"revision\":1,\"host\":\"127.0.0.1\",\"port\":8080,\"weight\":100}]}"
    done
    printf '{"version":{"timeline":1,"epoch":1,"seq":%s},"apps":{%s}}' "$1" "$apps"
}

# The firewall

requests_with() { throughput "$apps"; }

# The container does not repair the rules while its file `removed` exists.
requests_without() {
    docker exec "$name-firewall" firewall remove
    throughput "$apps"
    docker restart --time 1 "$name-firewall" >/dev/null
    await 60 docker exec "$name-firewall" firewall healthy >/dev/null || die "the firewall's rules did not come back: docker logs $name-firewall"
}

address() {
    docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"
}

forget() {
    docker rm --force "$plain-lb" "$plain-tls" "$plain-plain" >/dev/null 2>&1 || true
    docker exec "$name-firewall" test ! -e /tmp/firewall/removed 2>/dev/null || docker restart "$name-firewall" >/dev/null 2>&1 || true
    curl_api -sf -m 10 -X DELETE -o /dev/null "$api/api/v1/apps/load-inside" || true
}

main
