# shellcheck shell=bash
# TLS of the platform's own: a small authority that only this folder knows, and what it certifies.
#
#   .autoserve/ca.crt, ca.key           the authority, for ten years; clients are given the first and nobody the second
#   .autoserve/secrets/api.crt, api.key what the API shows on its port for TLS; one's own may be put in their place

made_by="AutoServe's own authority"

# Once, and anew in the certificate's last month. One that is not ours is left alone.
make_certificates() {
    ready_openssl
    [[ -s $state/ca.key && -s $state/ca.crt ]] || make_authority
    [[ -s $secrets/api.key && -s $secrets/api.crt ]] && ! ours_and_ending "$secrets/api.crt" || certify api "$(api_names)"
}

ready_openssl() {
    command -v openssl >/dev/null || need OpenSSL https://www.openssl.org openssl
}

make_authority() {
    (umask 077 && quiet openssl ecparam -name prime256v1 -genkey -noout -out "$state/ca.key")
    quiet openssl req -x509 -new -key "$state/ca.key" -sha256 -days 3650 -subj "/CN=$made_by" -out "$state/ca.crt" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign
}

ours_and_ending() {
    [[ $(openssl x509 -in "$1" -noout -issuer) == *"$made_by"* ]] &&
        ! openssl x509 -in "$1" -noout -checkend $((30 * 24 * 3600)) >/dev/null
}

# certify NAME ALTERNATIVES: written in place, since containers look at those very files. As with passwords it is the folder
# that keeps others out.
certify() {
    local name=$1 alternatives=$2 key
    key=$(openssl ecparam -name prime256v1 -genkey -noout)
    (umask 022 && openssl req -new -key <(echo "$key") -subj "/CN=$name" 2>/dev/null |
        openssl x509 -req -CA "$state/ca.crt" -CAkey "$state/ca.key" -set_serial "0x$(openssl rand -hex 16)" -sha256 -days 825 \
            -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$alternatives") 2>/dev/null >"$secrets/$name.crt" &&
        echo "$key" >"$secrets/$name.key")
}

# Under which the API is called: on this machine, and as AUTOSERVE_API_NAMES says, with blanks between.
api_names() {
    local name names=DNS:localhost,IP:127.0.0.1,IP:::1,DNS:$installation-controller-lb
    for name in $(uname -n) ${AUTOSERVE_API_NAMES-}; do
        if [[ $name =~ ^[0-9.]+$|: ]]; then names+=,IP:$name; else names+=,DNS:$name; fi
    done
    echo "$names"
}

quiet() {
    "$@" 2>/dev/null
}
