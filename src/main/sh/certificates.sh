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
    # shellcheck disable=SC2086 # the names are separated by blanks
    printf '%s\n' "$(uname -n)" ${AUTOSERVE_API_NAMES-} >"$authority/names"
    [[ -s $authority/ca.key && -s $authority/ca.crt ]] || make_authority ca
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

# Prints the names that an authority may certify. A permitted name also permits the names below it.
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
        cat "$authority/names"
    )
    echo "${names#,}"
}

# Fails if a client would use a name that the authority may not certify. An authority that was made
# by an earlier version may certify every name. An own certificate of the API needs no authority.
require_names() {
    local name
    ! has_own_certificate || return 0
    while read -r name; do
        may_certify "$name" || die "The platform's authority was made for other names, and may not certify $name." \
            "./autoserve platform rotate-ca    # replaces the authority, without an interruption" \
            "Remove the name from AUTOSERVE_API_NAMES if no client uses it."
    done <"$authority/names"
}

has_own_certificate() {
    [[ -s $secrets/api.crt && -s $secrets/api.key && $(openssl x509 -in "$secrets/api.crt" -noout -issuer) != *"$made_by"* ]]
}

# Signs a certificate for the name that nobody keeps, and verifies it.
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
