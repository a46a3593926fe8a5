# shellcheck shell=bash
# Where the load tests send requests to apps. By default, they go to the address of nginx's container.
# Requests to 127.0.0.1 pass through Docker's own proxy, which needs two more descriptors for each
# connection, so they would also measure this proxy and its limits.
#
#   HTTP=http://127.0.0.1:80     sends them to this address instead

# nginx_url CONTAINER PORT: prints the address of nginx in this container, first in the control
# network. Prints that of the published port if the container does not run, or if this machine cannot
# reach the networks of Docker.
nginx_url() {
    local address
    # The name of the control network begins with 0, and Docker prints the networks by name.
    address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$1" 2>/dev/null | cut -d ' ' -f 1) || true
    if [[ $address ]] && timeout 2 bash -c "exec 3<>/dev/tcp/$address/80" 2>/dev/null; then
        echo "http://$address"
    else
        echo "http://127.0.0.1:$2"
    fi
}

ulimit -S -n "$(ulimit -H -n)" # a load generator needs a descriptor for each connection
