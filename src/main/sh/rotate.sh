# shellcheck shell=bash
# Replaces the authority of a running platform by a new one, in three steps. No connection fails,
# because each step waits until every part has completed the step before.
#
#   1  Every part trusts the new authority too.      next.key, next.crt exist
#   2  Every part has a certificate by the new one.  ca.key, ca.crt are the new one; previous.crt exists
#   3  No part trusts the previous authority.        forgotten.crt exists until all parts confirm
#
# The files in .autoserve/authority say which step is next. If the command is interrupted, it
# continues with that step when it is run again.

# platform_rotate_ca [--prepare]: with --prepare, ends after the first step. Clients on other
# machines can then get the file with both authorities before certificates change.
platform_rotate_ca() {
    require_passwords
    ready_compose
    make_secrets
    [[ $(leader) ]] || die "The authority can be rotated only while the platform runs, and no controller answers." "./autoserve platform up" \
        "docker stop ${controllers[*]} && ./autoserve platform up    # if 'platform up' refuses a name, this replaces the authority"
    [[ ${1-} != --prepare || $(rotation) == prepare ]] ||
        die "A rotation is in progress: run without --prepare." "./autoserve platform rotate-ca"
    if [[ $(rotation) == prepare ]]; then
        trust_next_authority
        [[ ${1-} != --prepare ]] || { echo "Every part trusts both authorities. Copy $clients_file to all clients, then run ./autoserve platform rotate-ca" && return; }
    fi
    [[ $(rotation) != @(prepare|switch) ]] || switch_authority
    [[ $(rotation) == finish ]] || certify_by_new_authority
    forget_previous_authority
    echo "The authority was replaced. Clients on other machines need the new $clients_file"
}

# Prints the step that a rotation continues with: prepare, switch, certify or finish.
rotation() {
    if [[ -s $authority/next.crt && ! -s $authority/next.key ]]; then
        echo switch
    elif [[ -s $authority/next.crt ]]; then
        echo prepare
    elif [[ -s $authority/previous.crt ]]; then
        echo certify
    elif [[ -s $authority/forgotten.crt ]]; then
        echo finish
    else
        echo prepare
    fi
}

# Names that only the new authority may certify are added here, since the previous one cannot sign them.
certify_by_new_authority() {
    # shellcheck disable=SC2046 # a name has no blanks
    keep_names $(known_names)
    await "every part has a certificate by the new authority" distribute
    await "every part shows its new certificate" every_part shows_certificate_by "$(subject ca)"
}

trust_next_authority() {
    [[ -s $authority/next.crt ]] || make_authority next
    show_authorities
    await "every part has the certificates of both authorities" distribute
    reload_authorities
    await "every part trusts both authorities" every_part trusts "$(subject next)"
}

# Each of these moves can be the last one before an interruption. While the new key is beside the old
# certificate, the keeper signs nothing.
switch_authority() {
    if [[ -s $authority/next.key ]]; then
        cp "$authority/ca.crt" "$authority/previous.crt.new"
        mv "$authority/previous.crt.new" "$authority/previous.crt"
        mv "$authority/next.key" "$authority/ca.key"
    fi
    mv "$authority/next.crt" "$authority/ca.crt"
    show_authorities
}

forget_previous_authority() {
    [[ ! -s $authority/previous.crt ]] || mv "$authority/previous.crt" "$authority/forgotten.crt"
    show_authorities
    await "every part has only the certificate of the new authority" distribute
    reload_authorities
    await "no part trusts the previous authority" every_part distrusts "$(subject forgotten)"
    rm -f "$authority/forgotten.crt"
}

# Makes those parts read the file of authorities that read it only when they start or when they are
# told. All others notice within a minute that it changed. While etcd restarts, Patroni keeps the
# primary (failsafe_mode).
reload_authorities() {
    docker kill --signal HUP "$installation-controller-lb" >/dev/null
    docker restart "$installation-etcd" >/dev/null
    await "one database is the primary and its standby is in sync" in_sync
}

# every_part CHECK ARGUMENT…: succeeds if the check succeeds for every server of the platform. It
# does not ask Patroni, which names no authorities, and which reads the files before it makes
# PostgreSQL read them.
every_part() {
    local number
    for number in 1 2 3; do "$@" "$installation-controller-$number:8443" || return; done
    "$@" "$installation-nginx:8081" || return
    ! exists "$second_proxy" || "$@" "$second_proxy:8081" || return
    "$@" "$installation-postgres-primary:5432" -starttls postgres || return
    "$@" "$installation-postgres-replica:5432" -starttls postgres || return
    "$@" etcd.consensus:2379
}

# trusts SUBJECT SERVER OPTION…: returns whether the server accepts clients of this authority.
trusts() {
    [[ $(accepted_by "${@:2}") == *"<$1>"* ]]
}

distrusts() {
    local accepted
    accepted=$(accepted_by "${@:2}")
    [[ $accepted && $accepted != *"<$1>"* ]]
}

# Prints the names of the authorities whose certificates the server asks its clients for, each as
# <name>, since one name can begin with another.
accepted_by() {
    handshake "$@" | sed -n '/^Acceptable client certificate CA names/,/^[^A/C]/s/.*CN *= *\(.*\)/<\1>/p'
}

shows_certificate_by() {
    [[ $(handshake "${@:2}" | sed -n 's/^issuer=.*CN *= *\(.*\)/<\1>/p') == "<$1>" ]]
}

# handshake SERVER OPTION…: prints what OpenSSL reports of a handshake with this server. A database's
# container makes it, since it is in all networks in which parts listen.
handshake() {
    docker exec "${databases[0]}" timeout 5 openssl s_client -connect "$1" "${@:2}" \
        -cert /run/autoserve/part.crt -key /run/autoserve/part.key </dev/null 2>/dev/null
}

# Prints the name that distinguishes an authority from others.
subject() {
    openssl x509 -in "$authority/$1.crt" -noout -subject -nameopt multiline | sed -n 's/ *commonName *= //p'
}
