# shellcheck shell=bash
# Creates the platform's own certificate authority and the certificates that it signs. The key of
# the authority stays in the folder of this checkout.
#
#   .autoserve/ca.crt, ca.key            the authority, valid for ten years; clients need ca.crt,
#                                        and ca.key is secret
#   .autoserve/secrets/api.crt, api.key  the certificate of the API's TLS port; you can replace
#                                        these files with your own
#   .autoserve/secrets/INSTALLATION-postgres.crt, .key
#                                        the certificate of both databases; it is checked by the
#                                        controllers and by the databases

made_by="AutoServe's own authority"

make_certificates() {
    ready_openssl
    [[ -s $state/ca.key && -s $state/ca.crt ]] || make_authority
    # The certificate of the API is valid for 825 days, the maximum that browsers accept.
    # shellcheck disable=SC2086 # the names are separated by blanks
    keep_certificate api 825 "$installation-controller-lb" ${AUTOSERVE_API_NAMES-}
    keep_certificate "$installation-postgres" "$(days_left "$state/ca.crt")" "$installation"-postgres-{primary,replica}
}

ready_openssl() {
    command -v openssl >/dev/null || need OpenSSL https://www.openssl.org openssl
}

make_authority() {
    (umask 077 && quiet openssl ecparam -name prime256v1 -genkey -noout -out "$state/ca.key")
    (umask 022 && quiet openssl req -x509 -new -key "$state/ca.key" -sha256 -days 3650 -subj "/CN=$made_by" -out "$state/ca.crt" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign)
}

# keep_certificate NAME DAYS HOST…: creates the certificate, and renews it in its last year. It
# never changes a certificate of another authority.
keep_certificate() {
    local file=$secrets/$1
    [[ -s $file.key && -s $file.crt ]] && ! ours_and_over "$file.crt" || certify "$1" "$2" "$(alternatives "${@:3}")"
}

# Returns whether AutoServe made the certificate and must renew it. It must do so in the
# certificate's last year, or at once if the authority was replaced.
ours_and_over() {
    [[ $(openssl x509 -in "$1" -noout -issuer) == *"$made_by"* ]] &&
        ! { openssl x509 -in "$1" -noout -checkend $((365 * 24 * 3600)) && quiet openssl verify -CAfile "$state/ca.crt" "$1"; } >/dev/null
}

# certify NAME DAYS ALTERNATIVES: creates the certificate and its key. Writes into the existing
# files, because containers mount these files. As with passwords, the folder's mode keeps other
# users out.
certify() {
    local name=$1 days=$2 alternatives=$3 key
    key=$(openssl ecparam -name prime256v1 -genkey -noout)
    (umask 022 && openssl req -new -key <(echo "$key") -subj "/CN=$name" 2>/dev/null |
        openssl x509 -req -CA "$state/ca.crt" -CAkey "$state/ca.key" -set_serial "0x$(openssl rand -hex 16)" -sha256 -days "$days" \
            -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$alternatives") 2>/dev/null >"$secrets/$name.crt" &&
        echo "$key" >"$secrets/$name.key")
}

days_left() {
    echo $((($(date --date "$(openssl x509 -in "$1" -noout -enddate | cut -d = -f 2)" +%s) - $(date +%s)) / (24 * 3600)))
}

# alternatives HOST…: prints the names for the certificate: these hosts and the names of this
# machine.
alternatives() {
    local name names=DNS:localhost,IP:127.0.0.1,IP:::1
    for name in "$(uname -n)" "$@"; do
        if [[ $name =~ ^[0-9.]+$|: ]]; then names+=,IP:$name; else names+=,DNS:$name; fi
    done
    echo "$names"
}

quiet() {
    "$@" 2>/dev/null
}
