# shellcheck shell=bash
# Runs the highly available platform of docker-compose.yml: up, down, status, token,
# rotate-ca and logs.
#
# AUTOSERVE_INSTALLATION names a second platform beside the first. It needs its own subnet and
# ports; see docker-compose.yml.

installation=${AUTOSERVE_INSTALLATION:-autoserve}
secrets=$state/secrets
api=http://127.0.0.1:${AUTOSERVE_API_PORT:-8000}
databases=("$installation-postgres-primary" "$installation-postgres-replica")
controllers=("$installation-controller-"{1..3})
second_proxy=$installation-nginx-2
second_http_port=${AUTOSERVE_NGINX_2_HTTP_PORT:-81}

platform_help() {
    cat <<'HELP'
Runs the highly available platform: three controllers behind a load balancer, two databases, one nginx or two.

Usage
  autoserve platform up [--demo] [--pull] [--proxies 1|2]
                                       start or upgrade the platform, and wait until it is ready; --demo adds the demo app;
                                       --pull builds the images again with Debian's newest packages; --proxies 2 adds a second
                                       nginx at ports of its own, which stays until --proxies 1
  autoserve platform status            show the controllers, the databases, all apps and every container
  autoserve platform token             create a new admin token in .autoserve/admin-token; the previous one is revoked
  autoserve platform rotate-ca [--prepare]
                                       replace the platform's certificate authority while the platform runs; with --prepare, stop as
                                       soon as every part trusts both authorities, so that clients can get the new .autoserve/ca.crt
  autoserve platform logs [SERVICE]    follow the logs of all services, or of controller-1, controller-lb, nginx, postgres-primary…
  autoserve platform down [--volumes]  remove the platform and the apps' containers; --volumes also deletes all stored data
HELP
}

platform() {
    case "${*:-help}" in
        *help | -h) ;;
        status) require_server ;;
        *) require_server && require_data platform "$@" ;;
    esac
    case "$*" in
        up | 'up --'*)
            up_options "${@:2}" || die "unknown command 'platform $*'" "./autoserve platform --help"
            platform_up "$demo"
            ;;
        down | 'down --volumes') platform_down "${2-}" ;;
        status) platform_status ;;
        token) platform_token ;;
        rotate-ca | 'rotate-ca --prepare') platform_rotate_ca "${2-}" ;;
        logs | 'logs '[!-]*) platform_logs "${@:2}" ;;
        '' | *--help | -h) platform_help ;;
        *) die "unknown command 'platform $*'" "./autoserve platform --help" ;;
    esac
}

# Reads the options of `up`. Fails if one is unknown.
up_options() {
    demo=''
    while (($#)); do
        case $1 in
            --demo) demo=--demo ;;
            --pull) renew=yes ;;
            --proxies)
                [[ ${2-} == [12] ]] || die "--proxies must be 1 or 2, was '${2-}'."
                export AUTOSERVE_PROXIES=$2
                shift
                ;;
            *) return 1 ;;
        esac
        shift
    done
}

# With renew=yes, the images are built again with Debian's newest packages.
platform_up() {
    local first=''
    [[ ${AUTOSERVE_PROXIES:-1} == [12] ]] || die "AUTOSERVE_PROXIES must be 1 or 2, was '$AUTOSERVE_PROXIES'."
    # The launcher calls the API at 127.0.0.1, so the API must listen there too.
    [[ ${AUTOSERVE_API_ADDRESS:-127.0.0.1} == @(127.0.0.1|0.0.0.0) ]] ||
        die "AUTOSERVE_API_ADDRESS must be 127.0.0.1 or 0.0.0.0, was $AUTOSERVE_API_ADDRESS" "See Ports in docs/operations.md."
    require_passwords
    ready_machine nginx postgres keeper controller
    require_passwords # again, because Docker may not have been running the first time
    [[ ${1-} != --demo ]] || image_demo
    ready_compose
    require_networks_of_this_compose
    make_secrets
    ready_networks
    change_names
    has_data || first=yes # asked now, because Compose 1.29 creates all volumes with the first service
    # Asked now, because a second nginx that could not start is removed as a leftover.
    AUTOSERVE_PROXIES=$(number_of_proxies) && export AUTOSERVE_PROXIES
    repair_leftovers
    start_authority
    stop_earlier_version
    create_control_network
    [[ -z $first ]] || step "creating the first database" platform-up first_database || exit
    upgrade_databases
    start_guards
    start_or_remove_second_proxy
    upgrade_controllers
    upgrade_proxies
    step "starting the other services" platform-up compose up --detach --remove-orphans || exit
    await "all controllers are ready" controllers_ready
    await "one controller leads" one_leader
    await "the controllers' load balancer answers" answers "${AUTOSERVE_API_PORT:-8000}" /health/ready
    await "the load balancer answers with TLS" answers_by_tls
    await "nginx answers" nginx_answers "${AUTOSERVE_HTTP_PORT:-80}"
    [[ $(number_of_proxies) == 1 ]] || await "the second nginx answers" nginx_answers "$second_http_port" "$second_proxy"
    await "all containers pass their checks" checks_pass
    [[ ${1-} != --demo ]] || (run apply "$top/src/main/resources/examples/demo.yaml" --wait --url "$api")
    echo
    platform_status
    where_to_go
}

# Keeps the data unless --volumes is given. Controllers stop first, since the leader would replace
# each removed instance. The rules of the firewall stay until all instances are removed. A step that
# fails ends nothing: what is left is removed one by one, and what stays is reported.
platform_down() {
    ready_compose
    unset AUTOSERVE_PROXIES # a second nginx is removed, whatever is set
    step "stopping the controllers" platform-down compose stop controller-1 controller-2 controller-3 || true
    step "removing the apps' containers" platform-down remove_instances || true
    step "removing the rules of the firewall" platform-down remove_rules || true # they stay if an instance does
    free_endpoints
    step "removing the platform" platform-down compose down --remove-orphans ${1:+"$1"} || true
    [[ -z $(all_leftovers "${1-}") ]] || step "removing what is left" platform-down remove_rest "${1-}" || true
    report_leftovers "${1-}"
}

platform_status() {
    (run status --url "$api") || true # the lines below show why
    echo
    docker ps --all --filter "label=com.docker.compose.project=$installation" \
        --format 'table {{.Names}}\t{{.Status}}' | sed 's/ (health: starting)//' | sort --key 1,1
    [[ ! $(patroni) ]] || printf '\n%s\n' "$(patroni)"
}

# Replaces the admin token, for example after it was lost or leaked. This requires no token, only
# access to this folder.
platform_token() {
    require_passwords
    make_secrets
    make_admin_token
    if exists "$installation-authority"; then
        { docker start "$installation-authority" >/dev/null && distribute; } ||
            die "The authority could not give the new token to the controllers." "docker logs $installation-authority"
        echo "The new admin token is in $state/admin-token. Running controllers accept the previous token for up to 2 s."
    else
        echo "The new admin token is in $state/admin-token. The controllers get it when the platform starts."
    fi
}

platform_logs() {
    require_passwords
    ready_compose
    compose logs --follow --tail 100 "${@#"$installation"-}"
}

where_to_go() {
    cat <<TEXT

AutoServe is ready
  Apps   http://127.0.0.1:${AUTOSERVE_HTTP_PORT:-80}$([[ $(number_of_proxies) == 1 ]] || echo " and, by the second nginx, http://127.0.0.1:$second_http_port")
  API    $api (the admin token is in .autoserve/admin-token); each controller also listens on its own port, ${AUTOSERVE_CONTROLLER_1_PORT:-8001} to ${AUTOSERVE_CONTROLLER_3_PORT:-8003}
         https://127.0.0.1:${AUTOSERVE_API_TLS_PORT:-8443} with TLS; the CA of its certificate is in $clients_file
Try
  ./autoserve apply FILE --wait
  docker kill $(leader); ./autoserve platform status
TEXT
}

# Docker Compose

ready_compose() {
    find_compose && return
    need "Docker Compose" https://docs.docker.com/compose/install/ docker-compose
    find_compose
}

find_compose() {
    if docker compose version; then
        compose=(docker compose)
    elif command -v docker-compose; then
        compose=(docker-compose)
    else
        return 1
    fi
} >/dev/null 2>&1

# Compose 1.29 gives up after a minute without an answer of Docker, unless it is told to wait longer.
compose() {
    local proxies
    [[ $1 != up ]] || { require_our_images && require_no_instance_of_compose; }
    proxies=$(number_of_proxies)
    AUTOSERVE_PROXIES=$proxies COMPOSE_PROFILES=$([[ $proxies == 1 ]] || echo nginx-2) \
    AUTOSERVE_AUTHORITY_FOLDER=${authority-} AUTOSERVE_DOCKER_GROUP=$(stat --format %g /var/run/docker.sock) \
        AUTOSERVE_CGROUP_PARENT=$(cgroup_parent) COMPOSE_HTTP_TIMEOUT=${COMPOSE_HTTP_TIMEOUT:-600} \
        "${compose[@]}" --project-name "$installation" --project-directory "${home:-$top}" --file "$top/docker-compose.yml" "$@"
}

# Prints how many nginx the platform has. It keeps those that it has unless AUTOSERVE_PROXIES is set.
number_of_proxies() {
    if [[ ${AUTOSERVE_PROXIES-} ]]; then
        echo "$AUTOSERVE_PROXIES"
    elif exists "$second_proxy"; then
        echo 2
    else
        echo 1
    fi
}

# Prints the parent cgroup of the platform's containers. If Docker manages the cgroups, all containers
# share one cgroup by default, which gets as much CPU as one process of the machine. Below the parent
# / each container gets its own share. If systemd manages the cgroups, each container gets its own
# share by default, so this prints nothing.
cgroup_parent() {
    [[ $(docker info --format '{{.CgroupDriver}}') != cgroupfs ]] || echo /
}

# Compose 1.29 would pull a missing image, and every version would run any image that has the name.
require_our_images() {
    local name
    for name in localhost/autoserve/{nginx,postgres,keeper,controller}; do
        is_ours "$name" || die "The image $name is not the one that this launcher built: $(image_id "$name" || echo "it is missing")" \
            "./autoserve platform up    # builds it again"
    done
}

# Compose takes every container with its labels for one of its services. It would remove the real
# service and create it again with the volumes of that container.
require_no_instance_of_compose() {
    local names
    names=$(docker ps --all --filter "label=com.docker.compose.project=$installation" \
        --filter label=autoserve.instance --format '{{.Names}}' | xargs)
    [[ -z $names ]] || die "These instances of apps carry the labels of Docker Compose, which would take them for the platform's containers: $names" \
        "docker rm --force $names"
}

# Gives all parts their certificates and secrets before they start.
start_authority() {
    step "starting the authority" platform-up compose up --detach authority || exit
    step "giving each part its certificate and its secrets" platform-up distribute || exit
}

# Copies the present secrets to the parts, and renews their certificates if needed.
distribute() {
    docker exec "$installation-authority" authority distribute && docker exec "$installation-authority" authority check
}

# Starts what must run before a controller of this version: the filter through which it talks to
# Docker, and the firewall that guards the machine from apps.
start_guards() {
    step "starting the engine filter and the firewall" platform-up compose up --detach engine firewall || exit
    await "the engine filter answers" passes "$installation-engine"
}

# Removes the rules of the firewall, which stay when its container stops. The container must not run
# on without them: if `down` is interrupted, its next start puts them back. An instance must not run
# without them either.
remove_rules() {
    local container=$installation-firewall left
    left=$(instances | xargs) || return
    [[ -z $left ]] || { echo "The rules stay, because these instances are left: $left" && return 1; }
    ! exists "$container" ||
        { docker start "$container" && docker exec "$container" firewall remove && docker stop "$container"; }
}

exists() {
    docker inspect "$1" >/dev/null 2>&1
}

# Compose creates networks in any order, and Docker chooses the subnet of the consensus network. It
# could choose the one that the control network needs, so this network is created first, together
# with a container that has no other network.
create_control_network() {
    network "$control_network" '{{.Id}}' >/dev/null ||
        step "creating the control network" platform-up compose up --no-start controller-lb || exit
}

# Compose 2 does not accept the networks that Compose 1.29 created.
require_networks_of_this_compose() {
    local names
    [[ $("${compose[@]}" version --short) != 1.* ]] || return 0
    names=$(docker network ls --filter "label=com.docker.compose.project=$installation" \
        --format '{{.Name}} {{.Label "com.docker.compose.version"}}' | sed -n 's/ 1\..*//p' | xargs)
    [[ -z $names ]] || die "Compose 1.29 created these networks, which Compose 2 does not accept: $names. Replace them, which keeps all data:" \
        "./autoserve platform down" "docker network rm $names" "./autoserve platform up"
}

# Starts one database alone, so that the container postgres-primary becomes the first primary.
first_database() {
    compose up --detach postgres-primary && await "the first database is the primary" has_primary
}

has_data() {
    docker volume inspect "${databases[0]}"
} >/dev/null 2>&1

# A database keeps the passwords that it was created with. If another checkout or release created
# the database, this one does not have the passwords and cannot connect.
require_passwords() {
    ! passwords_lost ||
        die "The database in volume ${databases[0]} exists, but the file of its password does not: $secrets/postgres-autoserve." \
            "$(where_passwords_are), or delete all stored data:" \
            "./autoserve platform down --volumes"
}

where_passwords_are() {
    if [[ ${version-} ]]; then
        echo "Set AUTOSERVE_DATA to the folder with the .autoserve of the release that created the database"
    else
        echo "Copy .autoserve from the checkout that created the database"
    fi
}

passwords_lost() {
    [[ ! -s $secrets/postgres-autoserve ]] && has_data
}

# Creates the passwords and the key that seals apps' secrets, unless they exist. The authority copies
# them to the parts that need them.
make_secrets() {
    local name
    mkdir -p "$secrets" && chmod 700 "$secrets"
    for name in postgres-{superuser,replication,rewind,autoserve}; do
        [[ -s $secrets/$name ]] || (umask 077 && head -c 24 /dev/urandom | base64 | tr +/ ab >"$secrets/$name")
    done
    [[ -s $state/admin-token && -s $secrets/admin-token ]] || make_admin_token
    make_certificates
    [[ -s $secrets/secret-key ]] || (umask 077 && head -c 32 /dev/urandom | base64 >"$secrets/secret-key")
}

# Creates the admin token for the CLI. The controllers get only the id and the hash of the token.
make_admin_token() {
    local id secret
    id=$(head -c 600 /dev/urandom | tr -dc a-z0-9 | head -c 12)
    secret=$(head -c 32 /dev/urandom | base64 --wrap 0 | tr +/ _- | tr -d =)
    (umask 077 && echo "$id $(printf %s "$secret" | sha256sum | cut -d ' ' -f 1)" >"$secrets/admin-token")
    rm -f "$state/admin-token"
    (umask 077 && echo "as_${id}_$secret" >"$state/admin-token")
}

remove_instances() {
    instances | xargs --no-run-if-empty docker rm --force --volumes
}

instances() { # prints the names of the apps' containers, those of tasks included
    local label
    for label in autoserve.instance autoserve.task; do
        docker ps --all --filter "label=autoserve.installation=$installation" --filter "label=$label" --format '{{.Names}}' || return
    done | sort -u
}

# Conditions to wait for

controllers_ready() {
    local port
    for port in $(controller_ports); do answers "$port" /health/ready || return; done
}

# Runs each container's own health check now. Docker runs them only once a minute, because each check
# starts a process in its container. With checks every 5 s, they were half of an idle platform's
# load.
checks_pass() {
    local container
    for container in $(docker ps --quiet --filter "label=com.docker.compose.project=$installation"); do
        passes "$container" || return
    done
}

one_leader() {
    [[ $(leader | wc -w) == 1 ]]
}

# Prints the name of the leader. There may be none, or two for a moment.
leader() {
    local port number=1
    for port in $(controller_ports); do
        [[ $(ask "$port" /health/live) != *'"role":"leader"'* ]] || echo "$installation-controller-$number"
        ((number++))
    done
}

controller_ports() {
    echo "${AUTOSERVE_CONTROLLER_1_PORT:-8001} ${AUTOSERVE_CONTROLLER_2_PORT:-8002} ${AUTOSERVE_CONTROLLER_3_PORT:-8003}"
}

answers() {
    [[ $(ask "$1" "$2") == 'HTTP/1.'?' 200 '* ]]
}

# Does not verify the certificate. Clients do that.
answers_by_tls() {
    printf 'GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' |
        timeout 15 openssl s_client -quiet -connect "127.0.0.1:${AUTOSERVE_API_TLS_PORT:-8443}" 2>/dev/null | grep -q '^HTTP/1.. 200 '
}

# nginx_answers PORT [CONTAINER]: nginx itself refuses TRACE, so no app sees this request.
nginx_answers() {
    local announcement=''
    [[ ${AUTOSERVE_PROXY_PROTOCOL-} != on ]] || announcement=$'PROXY UNKNOWN\r\n'
    [[ $(send "$1" "${announcement}TRACE / HTTP/1.0") == HTTP/* ]]
}

# ask PORT PATH: prints the whole answer.
ask() {
    send "$1" "GET $2 HTTP/1.0"$'\r\nHost: localhost'
}

# send PORT HEAD: sends a request and prints the whole answer. It uses only bash, since curl may be
# missing.
send() {
    timeout 15 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "%s\r\n\r\n" "$1" >&3 && cat <&3' "$1" "$2"
} 2>/dev/null
