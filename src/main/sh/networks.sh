# shellcheck shell=bash
# Checks the networks of the platform before Compose creates them. Their subnets must be apart from
# each other and from all that this machine can reach, or packets would go astray.

control_network=0-$installation-control
control_subnet=${AUTOSERVE_CONTROL_ADDRESSES:-172.21.0}.0/24
apps_subnet=${AUTOSERVE_SUBNET:-172.20.0.0/16}

ready_networks() {
    free_network
    require_three_numbers AUTOSERVE_CONTROL_ADDRESSES "${AUTOSERVE_CONTROL_ADDRESSES:-172.21.0}"
    require_three_numbers AUTOSERVE_ADDRESSES "${AUTOSERVE_ADDRESSES:-172.20.0}"
    require_apart "$control_subnet" "$apps_subnet" "AUTOSERVE_SUBNET, the network of the apps" AUTOSERVE_CONTROL_ADDRESSES
    require_free "$control_network" "$control_subnet" AUTOSERVE_CONTROL_ADDRESSES
    require_free "$installation" "$apps_subnet" "AUTOSERVE_SUBNET, AUTOSERVE_ADDRESSES and AUTOSERVE_DYNAMIC"
}

# Removes the network of `dev`, which Compose cannot use. Fails while `dev` has containers in it.
free_network() {
    local project users
    project=$(network "$installation" '{{index .Labels "com.docker.compose.project"}}') && [[ $project != "$installation" ]] || return 0
    users=$(network "$installation" '{{range .Containers}}{{.Name}} {{end}}')
    [[ -z $users ]] || die "The network $installation is in use by: $users" "./autoserve dev --stop    # if these containers belong to dev"
    docker network rm "$installation" >/dev/null
}

network() { # network NAME FORMAT
    docker network inspect --format "$2" "$1" 2>/dev/null
}

require_three_numbers() { # require_three_numbers VARIABLE VALUE
    is_subnet "$2.0/24" || die "$1 must be the first three numbers of an address, such as 172.21.0, was '$2'."
}

# require_free NETWORK SUBNET VARIABLES: fails if the subnet overlaps another network. If the network
# exists, Docker has made that sure, so it must only have this subnet.
require_free() {
    local network=$1 subnet=$2 variables=$3 present range owner
    present=$(network "$network" '{{range .IPAM.Config}}{{.Subnet}}{{end}}') || present=''
    if [[ $present ]]; then
        [[ $present == "$subnet" ]] || die "The network $network has the subnet $present instead of $subnet." \
            "Set $variables to fit the network, or remove the platform, which keeps its data, and start it again:" \
            "./autoserve platform down && ./autoserve platform up"
    else
        while read -r range owner; do
            require_apart "$subnet" "$range" "$owner" "$variables"
        done < <(used_subnets)
    fi
}

require_apart() { # require_apart SUBNET OTHER OWNER VARIABLES
    ! overlap "$1" "$2" || die "The subnet $1 overlaps $2 ($3)." "Set $4 to a free subnet, see Networks in docs/operations.md."
}

# Prints the IPv4 subnets of Docker's networks and of this machine's routes, each with its owner.
used_subnets() {
    docker network ls --quiet | xargs --no-run-if-empty docker network inspect \
        --format '{{range .IPAM.Config}}{{.Subnet}} Docker network {{$.Name}}{{"\n"}}{{end}}' | grep '^[0-9.]*/' || true
    routes </proc/net/route
}

# Reads the kernel's table of routes. Routes that cover a large part of the internet are no networks
# of this machine: the default route, and the two halves by which a VPN replaces it.
routes() {
    local interface destination mask bits
    while read -r interface destination _ _ _ _ _ mask _; do
        [[ $mask =~ ^[0-9A-F]{8}$ ]] || continue
        bits=$(ones $((16#$mask)))
        ((bits < 8)) || echo "$(printf '%d.%d.%d.%d' "0x${destination:6:2}" "0x${destination:4:2}" "0x${destination:2:2}" "0x${destination:0:2}")/$bits the route of $interface"
    done
}

ones() { # ones NUMBER: prints how many of its bits are set
    local number=$1 ones=0
    while ((number)); do ((ones += number & 1, number >>= 1)) || true; done
    echo "$ones"
}

# overlap A B: returns whether two subnets have an address in common. They do if they agree in the
# bits of the shorter prefix.
overlap() {
    local bits=$((${1#*/} < ${2#*/} ? ${1#*/} : ${2#*/}))
    is_subnet "$1" && is_subnet "$2" && (($(number "${1%/*}") >> (32 - bits) == $(number "${2%/*}") >> (32 - bits)))
}

is_subnet() {
    local part
    [[ $1 =~ ^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})/([0-9]{1,2})$ ]] || return
    for part in "${BASH_REMATCH[@]:1:4}"; do ((10#$part < 256)) || return; done
    ((10#${BASH_REMATCH[5]} <= 32))
}

number() { # number ADDRESS: prints an IPv4 address as a number
    local parts
    IFS=. read -ra parts <<<"$1"
    echo $((10#${parts[0]} << 24 | 10#${parts[1]} << 16 | 10#${parts[2]} << 8 | 10#${parts[3]}))
}
