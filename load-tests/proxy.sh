# shellcheck shell=bash
# Functions that the load tests of the proxy share. They start three tiny instances, AutoServe's
# nginx, an nginx with a minimal configuration, HAProxy and Caddy, in a separate Docker network.

network=${NETWORK:-autoserve-load-proxy}
image=${IMAGE:-localhost/autoserve/nginx}
peers=localhost/autoserve-load/peers
lab=localhost/autoserve-load/http
token=load-test
command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2 && exit 1; }
work=$(mktemp -d)
trap 'stop; rm -rf "$work"' EXIT

stop() {
    docker ps --all --quiet --filter "label=autoserve.load=$network" | xargs -r docker rm --force >/dev/null
    docker network rm "$network" >/dev/null 2>&1 || true
}

run() { # run NAME DOCKER-OPTIONS… IMAGE [COMMAND…]
    docker run --detach --name "$network-$1" --network "$network" --label "autoserve.load=$network" "${@:2}" >/dev/null
}

address() {
    docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$network-$1"
}

create_network() {
    docker network create ${SUBNET:+--subnet "$SUBNET"} "$network" >/dev/null
}

start_instances() {
    create_network
    cat >"$work/instance.conf" <<'CONF'
worker_processes 1;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000; server { listen 8080; location / { return 200 "hello\n"; } } }
CONF
    local i
    for i in 1 2 3; do run "app-$i" --volume "$work/instance.conf:/etc/nginx/nginx.conf:ro" "$image"; done
}

start_ours() {
    mkdir -p "$work/proxy"
    echo "$token" >"$work/proxy/token"
    run ours --volume "$work/proxy:/var/lib/autoserve/proxy" "$image"
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
    run minimal --volume "$work/minimal.conf:/etc/nginx/nginx.conf:ro" "$image"
    await_answer minimal
}

await_answer() {
    local tries=0
    until curl -sf "http://$(address "$1")/" >/dev/null; do
        ((++tries < 300)) || { docker logs --tail 20 "$network-$1" >&2 && echo "$1 did not answer in 30 s" >&2 && exit 1; }
        sleep 0.1
    done
}

# Builds an image with the HAProxy and the Caddy of forky, the next Debian, where AutoServe's nginx
# comes from too.
build_peers() {
    docker build --quiet --network host --tag "$peers" - >/dev/null <<'DOCKERFILE'
FROM debian:trixie-slim
RUN printf '%s\n' 'Types: deb' 'URIs: http://deb.debian.org/debian' 'Suites: forky' 'Components: main' \
      'Check-Valid-Until: no' 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' \
      >/etc/apt/sources.list.d/forky.sources \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -t forky haproxy caddy \
 && rm -rf /var/lib/apt/lists/*
DOCKERFILE
}

# Builds the image with the clients and servers of load-tests/http.
build_lab() {
    docker build --quiet --network host --tag "$lab" "$(dirname "${BASH_SOURCE[0]}")/http" >/dev/null
}

start_haproxy() {
    cat >"$work/haproxy.cfg" <<CONF
global
    maxconn 16384
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
frontend web
    bind :80
    default_backend shop
backend shop
    balance leastconn
    server app-1 $(address app-1):8080
    server app-2 $(address app-2):8080
    server app-3 $(address app-3):8080
CONF
    run haproxy --ulimit nofile=65536:65536 --volume "$work/haproxy.cfg:/etc/haproxy/haproxy.cfg:ro" \
        "$peers" haproxy -f /etc/haproxy/haproxy.cfg
    await_answer haproxy
}

start_caddy() {
    cat >"$work/Caddyfile" <<CONF
{
    admin off
    auto_https off
}
:80 {
    reverse_proxy $(address app-1):8080 $(address app-2):8080 $(address app-3):8080 {
        lb_policy least_conn
    }
}
CONF
    run caddy --env HOME=/tmp --ulimit nofile=65536:65536 --volume "$work/Caddyfile:/etc/caddy/Caddyfile:ro" \
        "$peers" caddy run --config /etc/caddy/Caddyfile --adapter caddyfile
    await_answer caddy
}

# put_table SEQ INSTANCE…: sends nginx a route table with these instances as endpoints, and with the
# rules in app_rules, which are members of the app's object
put_table() {
    local seq=$1 app endpoints=""
    shift
    for app in "$@"; do
        endpoints+="${endpoints:+,}{\"instance\":\"$app\",\"revision\":1,\"host\":\"${addresses[$app]}\",\"port\":8080,\"weight\":100}"
    done
    curl -sf -X PUT -H "Authorization: Bearer $token" "http://$(address ours):8081/table" --output /dev/null --data-binary \
        "{\"version\":{\"timeline\":1,\"epoch\":1,\"seq\":$seq},\"apps\":{\"shop\":{\"hosts\":[{\"host\":\"\",\"path\":\"/\"}],\"algorithm\":\"least_conn\",\"maxBody\":16777216,\"websocket\":true,\"timeouts\":{\"connect\":2000,\"send\":60000,\"read\":60000},\"endpoints\":[$endpoints]${app_rules:+,$app_rules}}}}"
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
