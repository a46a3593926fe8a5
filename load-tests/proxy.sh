# shellcheck shell=bash
# Functions that the load tests of the proxy share. They start three tiny instances, AutoServe's
# nginx, and an nginx with a minimal configuration, in a separate Docker network.

network=${NETWORK:-autoserve-load-proxy}
image=${IMAGE:-localhost/autoserve/nginx}
token=load-test
command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2 && exit 1; }
work=$(mktemp -d)
trap 'stop; rm -rf "$work"' EXIT

stop() {
    docker ps --all --quiet --filter "label=autoserve.load=$network" | xargs -r docker rm --force >/dev/null
    docker network rm "$network" >/dev/null 2>&1 || true
}

run() { # run NAME DOCKER-OPTIONS…
    docker run --detach --name "$network-$1" --network "$network" --label "autoserve.load=$network" "${@:2}" "$image" >/dev/null
}

address() {
    docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$network-$1"
}

start_instances() {
    docker network create ${SUBNET:+--subnet "$SUBNET"} "$network" >/dev/null
    cat >"$work/instance.conf" <<'CONF'
worker_processes 1;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000; server { listen 8080; location / { return 200 "hello\n"; } } }
CONF
    local i
    for i in 1 2 3; do run "app-$i" --volume "$work/instance.conf:/etc/nginx/nginx.conf:ro"; done
}

start_ours() {
    mkdir -p "$work/proxy"
    echo "$token" >"$work/proxy/token"
    run ours --volume "$work/proxy:/var/lib/autoserve/proxy"
    until curl -sf "http://$(address ours):8081/alive"; do sleep 0.1; done
}

start_minimal() {
    cat >"$work/minimal.conf" <<CONF
worker_processes auto;
events { worker_connections 16384; }
http {
    access_log off;
    keepalive_requests 100000;
    upstream shop {
        server $(address app-1):8080;
        server $(address app-2):8080;
        server $(address app-3):8080;
        keepalive 256;
    }
    server {
        listen 80;
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://shop;
        }
    }
}
CONF
    run minimal --volume "$work/minimal.conf:/etc/nginx/nginx.conf:ro"
    until curl -sf "http://$(address minimal)/" >/dev/null; do sleep 0.1; done
}

# put_table SEQ INSTANCE…: sends nginx a route table with these instances as endpoints
put_table() {
    local seq=$1 app endpoints=""
    shift
    for app in "$@"; do
        endpoints+="${endpoints:+,}{\"instance\":\"$app\",\"revision\":1,\"host\":\"${addresses[$app]}\",\"port\":8080,\"weight\":100}"
    done
    curl -sf -X PUT -H "Authorization: Bearer $token" "http://$(address ours):8081/table" --output /dev/null --data-binary \
        "{\"version\":{\"timeline\":1,\"epoch\":1,\"seq\":$seq},\"apps\":{\"shop\":{\"hosts\":[{\"host\":\"\",\"path\":\"/\"}],\"algorithm\":\"least_conn\",\"maxBody\":16777216,\"websocket\":true,\"timeouts\":{\"connect\":2000,\"send\":60000,\"read\":60000},\"endpoints\":[$endpoints]}}}"
}

start_all() {
    stop
    start_instances
    declare -gA addresses
    local i
    for i in 1 2 3; do addresses[app-$i]=$(address "app-$i"); done
    start_ours
    put_table 1 app-1 app-2 app-3
}
