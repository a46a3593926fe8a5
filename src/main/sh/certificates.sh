# shellcheck shell=bash
# Creates the platform's own certificate authority. The container of the keeper signs with it; see
# src/main/docker/keeper/authority. The key of the authority stays in the folder of this checkout.
#
#   .autoserve/authority/ca.key, ca.crt  the authority, valid for ten years; ca.key is secret
#   .autoserve/authority/names           names at which clients reach the API, one in each line
#   .autoserve/ca.crt                    the authorities that clients trust: during a rotation two
#   .autoserve/secrets/api.crt, api.key  your own certificate for the API's TLS port, if you have one
#
# The authority can certify only the names that it was created for, so its key is of no use against
# other names that clients trust it for. A second installation therefore has an authority of its own:
# .autoserve/INSTALLATION-authority and .autoserve/INSTALLATION-ca.crt.

made_by="AutoServe's own authority" # also in src/main/docker/keeper/authority

make_certificates() {
    ready_openssl
    find_authority
    mkdir -p "$authority" && chmod 700 "$authority"
    adopt_authority
    [[ -s $authority/ca.key && -s $authority/ca.crt ]] || make_authority ca
    [[ -e $authority/names ]] || keep_present_names
    show_authorities
}

find_authority() {
    local prefix=$state/
    [[ $installation == autoserve ]] || prefix=$state/$installation-
    authority=${prefix}authority clients_file=${prefix}ca.crt
}

ready_openssl() {
    command -v openssl >/dev/null || need OpenSSL https://www.openssl.org openssl
}

# Moves the authority of an installation that was made before the keeper existed. Its key moves last,
# so that an interrupted move is completed the next time.
adopt_authority() {
    [[ $installation == autoserve && -s $state/ca.key ]] || return 0
    [[ ! -s $state/ca.crt ]] || cp "$state/ca.crt" "$authority/ca.crt"
    mv "$state/ca.key" "$authority/ca.key"
}

# make_authority NAME: creates NAME.key and NAME.crt. The certificate is complete as soon as its file
# exists. Each authority has a name of its own, by which the parts can tell two of them apart.
make_authority() {
    local file=$authority/$1
    (umask 077 && quiet openssl ecparam -name prime256v1 -genkey -noout -out "$file.key")
    (umask 022 && quiet openssl req -x509 -new -key "$file.key" -sha256 -days 3650 -subj "/CN=$made_by $(openssl rand -hex 4)" \
        -out "$file.crt.new" -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
        -addext "nameConstraints=critical,$(permitted)")
    mv "$file.crt.new" "$file.crt"
}

# Prints the names that a new authority may certify. A permitted name also permits the names below it.
permitted() {
    local name names=''
    while read -r name; do
        if [[ $name == *:* ]]; then
            names+=",permitted;IP:$name/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        elif [[ $name =~ ^[0-9.]+$ ]]; then
            names+=",permitted;IP:$name/255.255.255.255"
        else
            names+=",permitted;DNS:$name"
        fi
    done < <(
        printf '%s\n' "$installation"-{nginx,controller-lb,etcd,postgres{,-primary,-replica},controller{,-1,-2,-3}}
        printf '%s\n' {postgres-primary,postgres-replica,etcd}.consensus localhost 127.0.0.1 ::1
        known_names
    )
    echo "${names#,}"
}

# Prints the names that the certificate of the API has now, and the present ones.
known_names() {
    {
        [[ ! -e $authority/names ]] || cat "$authority/names"
        present_names
    } | sort -u
}

# Prints the names at which clients reach the API: this machine's name and those that the operator set.
present_names() {
    uname -n
    # shellcheck disable=SC2086 # the names are separated by blanks
    [[ -z ${AUTOSERVE_API_NAMES-} ]] || printf '%s\n' $AUTOSERVE_API_NAMES
}

# keep_names NAME…: gives the certificate of the API these names, except those that the authority may
# not certify.
keep_names() {
    local name
    for name; do
        ! may_certify "$name" || echo "$name"
    done >"$authority/names.new"
    mv "$authority/names.new" "$authority/names"
}

keep_present_names() {
    # shellcheck disable=SC2046 # a name has no blanks
    keep_names $(present_names)
}

# Gives the certificate of the API the present names. If the authority may not certify one that the
# operator set, the authority must be replaced. An authority that an earlier version created may
# certify every name. An own certificate of the API needs no authority. The name of this machine is
# optional, since an authority stays the same when the platform moves to another machine.
change_names() {
    local name
    for name in ${AUTOSERVE_API_NAMES-}; do
        if ! has_own_certificate && ! may_certify "$name"; then
            replace_authority "$name"
            break
        fi
    done
    keep_present_names
}

# replace_authority NAME: makes an authority that may certify this name, if no controller runs. The
# other parts stop meanwhile, so that they start with the new authority. nginx keeps passing requests to
# the apps; it notices the new files within a minute.
replace_authority() {
    local controller
    for controller in "${controllers[@]}"; do
        ! runs "$controller" || die "The platform's authority was made for other names, and may not certify $1." \
            "./autoserve platform rotate-ca    # replaces the authority, without an interruption" \
            "Remove the name from AUTOSERVE_API_NAMES if no client uses it."
    done
    step "stopping the parts that know only the previous authority" platform-up stop_users_of_authority || exit
    # If this is interrupted, make_certificates makes the authority.
    rm -f "$authority"/{names,next.key,{next,previous,forgotten,ca}.crt}
    make_authority ca
    show_authorities
    echo "The authority was replaced, because the previous one was made for other names than $1. Clients on other machines need the new $clients_file" >&2
}

has_own_certificate() {
    [[ -s $secrets/api.crt && -s $secrets/api.key && $(openssl x509 -in "$secrets/api.crt" -noout -issuer) != *"$made_by"* ]]
}

stop_users_of_authority() {
    stop_control_plane && { ! runs "$installation-controller-lb" || docker stop "$installation-controller-lb"; }
}

# Signs a test certificate for this name, verifies it, and discards it.
may_certify() {
    local key=$authority/ca.key kind=DNS
    [[ ! $1 =~ ^[0-9.]+$|: ]] || kind=IP
    openssl req -new -key "$key" -subj /CN=localhost 2>/dev/null |
        openssl x509 -req -CA "$authority/ca.crt" -CAkey "$key" -set_serial 1 -days 1 -extfile <(echo "subjectAltName=$kind:$1") 2>/dev/null |
        quiet openssl verify -CAfile "$authority/ca.crt" >/dev/null
}

# Writes the file of authorities for clients.
show_authorities() {
    local name
    for name in ca next previous; do
        [[ ! -s $authority/$name.crt ]] || cat "$authority/$name.crt"
    done >"$clients_file.new"
    mv "$clients_file.new" "$clients_file"
}

quiet() {
    "$@" 2>/dev/null
}
