#!/usr/bin/env bash
# Tests the keeper's script `authority` with real certificates in a temporary folder.
# AuthorityScriptTest runs this script. To run it directly: src/test/sh/authority_test.sh [TEST…]
# shellcheck disable=SC2317 # tests are found by name
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$project/src/test/sh/tests.sh"

test_every_part_gets_a_certificate_with_its_name_that_the_authority_signed() {
    distributed
    local part
    for part in nginx controller-lb controller postgres etcd; do
        verify "$part/part.crt" -purpose sslserver || fail "$part has no valid certificate for a server"
        verify "$part/part.crt" -purpose sslclient || fail "$part has no valid certificate for a client"
        [[ $(openssl x509 -in "$parts/$part/part.crt" -noout -subject -nameopt RFC2253) == "subject=CN=autoserve-$part" ]] ||
            fail "the certificate of $part has another name"
        [[ $(stat --format %a "$parts/$part/part.key") == 400 ]] || fail "other users can read the key of $part"
    done
    verify controller/part.crt -verify_hostname autoserve-controller-2 || fail "controller-2 has no certificate"
    verify postgres/part.crt -verify_hostname postgres-replica.consensus || fail "Patroni has no certificate"
    verify etcd/part.crt -verify_ip 127.0.0.1 || fail "the health check of etcd cannot verify it"
}

test_the_secrets_reach_only_the_parts_that_use_them() {
    distributed
    [[ $(<"$parts/controller/postgres-password") == autoserve && $(<"$parts/postgres/rewind-password") == rewind ]] ||
        fail "a password did not arrive"
    openssl pkey -inform DER -in "$parts/controller/part.pk8" -noout || fail "the key for JDBC cannot be read"
    [[ $(ls "$parts/nginx" "$parts/etcd" | grep -c .) == 8 ]] || fail "nginx or etcd got more than a certificate: $(ls "$parts/nginx" "$parts/etcd")"
}

test_nothing_is_written_again_while_nothing_changes() {
    distributed
    local before
    before=$(times)
    sleep 0.01
    distribute
    [[ $(times) == "$before" ]] || fail "wrote a file that did not change"
}

test_a_certificate_is_renewed_when_30_days_are_left_and_keeps_its_key() {
    valid_for 29
    local key
    key=$(<"$parts/nginx/part.key")
    distribute
    openssl x509 -in "$parts/nginx/part.crt" -noout -checkend $((89 * 24 * 3600)) >/dev/null || fail "did not renew the certificate"
    [[ $(<"$parts/nginx/part.key") == "$key" ]] || fail "replaced the key, so a reader may see a pair that does not match"
}

test_a_certificate_with_more_than_30_days_is_kept() {
    valid_for 31
    local before
    before=$(<"$parts/nginx/part.crt")
    distribute
    [[ $(<"$parts/nginx/part.crt") == "$before" ]] || fail "renewed the certificate too early"
}

test_no_certificate_outlives_the_authority() {
    make_authority_for 10
    distribute
    ! openssl x509 -in "$parts/nginx/part.crt" -noout -checkend $((11 * 24 * 3600)) >/dev/null || fail "outlives the authority"
}

test_the_certificate_of_the_api_has_the_names_of_the_installation() {
    distributed
    verify controller-lb/api.crt -verify_hostname api.example.com || fail "the API has no certificate for its name"
    verify controller-lb/api.crt -verify_ip 127.0.0.1 || fail "the API has no certificate for this machine"
    ! verify controller-lb/api.crt -purpose sslclient || fail "the certificate of the API is also one of a client"
    echo other.example.com >"$authority/names"
    distribute
    verify controller-lb/api.crt -verify_hostname other.example.com || fail "did not renew the certificate for another name"
}

test_the_operators_own_certificate_of_the_api_is_used_until_it_is_removed() {
    distributed
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$secrets/api.key" -days 1 -subj /CN=mine -out "$secrets/api.crt" 2>/dev/null
    distribute
    cmp "$secrets/api.crt" "$parts/controller-lb/api.crt" && cmp "$secrets/api.key" "$parts/controller-lb/api.key" || fail "does not use it"
    rm "$secrets"/api.*
    distribute
    verify controller-lb/api.crt -verify_hostname localhost || fail "did not return to a certificate of its own"
    same_key "$parts/controller-lb/api" || fail "the key belongs to the removed certificate"
}

test_an_own_certificate_that_cannot_be_used_is_reported_and_the_earlier_one_stays() {
    distributed
    local before
    before=$(<"$parts/controller-lb/api.crt")
    own_certificate
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$secrets/api.key" 2>/dev/null
    distribute || fail "a fault of the own certificate stops the platform"
    says 'api.key does not belong to api.crt'
    [[ $(<"$parts/controller-lb/api.crt") == "$before" ]] || fail "replaced a certificate that works"
    rm "$parts/controller-lb"/api.*
    distribute
    script check || fail "the API has no certificate: $(<"$room/stderr")"
}

test_an_own_certificate_may_expire() {
    distributed
    own_certificate
    distribute
    openssl req -new -key "$secrets/api.key" -subj /CN=mine |
        openssl x509 -req -signkey "$secrets/api.key" -days -1 -out "$secrets/api.crt" 2>/dev/null
    cp -f "$secrets/api.crt" "$parts/controller-lb/api.crt" # as if it had expired there
    distribute || fail "an expired certificate stops the platform"
    says 'api.crt has expired'
    script check || fail "an expired certificate stops the platform: $(<"$room/stderr")"
}

test_in_a_rotation_all_parts_trust_both_authorities_before_certificates_change() {
    distributed
    local before
    before=$(<"$parts/nginx/part.crt")
    new_authority next
    distribute
    [[ $(grep -c BEGIN "$parts/nginx/ca.crt") == 2 ]] || fail "does not trust both authorities"
    [[ $(<"$parts/nginx/part.crt") == "$before" ]] || fail "changed a certificate too early"
    mv "$authority/ca.crt" "$authority/previous.crt"
    mv "$authority/next.key" "$authority/ca.key" && mv "$authority/next.crt" "$authority/ca.crt"
    distribute
    [[ $(grep -c BEGIN "$parts/nginx/ca.crt") == 2 ]] || fail "does not trust the previous authority any more"
    verify nginx/part.crt || fail "has no certificate by the new authority"
    rm "$authority/previous.crt"
    distribute
    [[ $(grep -c BEGIN "$parts/nginx/ca.crt") == 1 ]] || fail "still trusts the previous authority"
}

test_nothing_is_signed_while_the_key_belongs_to_another_authority() {
    distributed
    new_authority next
    cp "$authority/next.key" "$authority/ca.key"
    local before
    before=$(times)
    fails distribute
    says './autoserve platform rotate-ca'
    [[ $(times) == "$before" ]] || fail "changed files"
}

test_a_name_that_the_authority_may_not_certify_is_refused() {
    new_authority ca -addext 'nameConstraints=critical,permitted;DNS:example.com'
    fails distribute
    says './autoserve platform rotate-ca'
}

test_the_check_succeeds_only_if_all_files_are_there_and_valid() {
    fails script check
    distributed
    script check || fail "does not succeed: $(<"$room/stderr")"
    rm -f "$parts/postgres/rewind-password"
    fails script check
    says 'rewind-password is missing'
}

test_the_controllers_learn_when_every_certificate_expires() {
    distributed
    local name end
    while read -r name end; do
        ((end > $(date +%s) + 80 * 24 * 3600)) || fail "$name expires at $end"
    done <"$parts/controller/expiry"
    [[ $(cut -d ' ' -f 1 "$parts/controller/expiry" | xargs) == 'authority nginx controller-lb controller postgres etcd api' ]] ||
        fail "a certificate is missing: $(<"$parts/controller/expiry")"
}

test_a_file_that_is_removed_or_replaced_by_an_older_one_is_noticed() {
    distributed
    keep_distributing
    echo older >"$room/older" && touch -d '-1 day' "$room/older"
    mv -f "$room/older" "$secrets/postgres-rewind"
    until grep -qsx older "$parts/postgres/rewind-password"; do alive && sleep 0.01; done
    own_certificate
    until cmp --silent "$secrets/api.crt" "$parts/controller-lb/api.crt"; do alive && sleep 0.01; done
    rm "$secrets"/api.*
    until verify controller-lb/api.crt; do alive && sleep 0.01; done
}

test_a_file_from_the_future_is_distributed_only_once() {
    distributed
    touch -d '+1 day' "$secrets/admin-token"
    keep_distributing
    until (($(grep -c pause "$room/steps") > 3)); do alive && sleep 0.01; done
    [[ $(grep -c distribute "$room/steps") == 1 ]] || fail "distributed again although nothing changed"
}

# ---- The folder of a test

locate() {
    authority=$room/authority secrets=$room/secrets parts=$room/parts
}

furnish() {
    mkdir -p "$authority" "$secrets" "$parts"/{nginx,controller-lb,controller,postgres,etcd}
    local name
    for name in superuser replication rewind autoserve; do echo "$name" >"$secrets/postgres-$name"; done
    echo key >"$secrets/secret-key" && echo token >"$secrets/admin-token"
    echo api.example.com >"$authority/names"
    make_authority_for 3650
    distribute || fail "cannot distribute: $(<"$room/stderr")"
    mv "$parts" "$room/distributed"
    mkdir -p "$parts"/{nginx,controller-lb,controller,postgres,etcd}
}

# Distributes for the first time: the test gets the files that `furnish` distributed.
distributed() {
    rm -r "$parts"
    mv "$room/distributed" "$parts"
}

make_authority_for() {
    days=$1 new_authority ca
}

# new_authority NAME OPTION…
new_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$authority/$1.key" -out "$authority/$1.crt" \
        -days "${days:-3650}" -subj "/CN=AutoServe's own authority $RANDOM" -addext basicConstraints=critical,CA:TRUE "${@:2}" 2>/dev/null
}

own_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$secrets/api.key" -days 1 -subj /CN=mine \
        -out "$secrets/api.crt" 2>/dev/null
}

# Gives nginx a certificate that is valid for this number of days, by a copy of the script.
valid_for() {
    distributed
    rm -f "$parts/nginx/part.crt"
    sed "s/^valid=90/valid=$1/; s/^parts=.*/parts=(nginx)/" "$project/src/main/docker/keeper/authority" >"$room/short" && chmod +x "$room/short"
    run_script "$room/short" distribute
}

# Runs a copy of the script whose pauses are short, until the test ends. It records its steps, and has
# only two parts, because each takes several calls of OpenSSL.
keep_distributing() {
    touch "$room/steps"
    sed "s|^parts=.*|parts=(controller-lb postgres)|; s|sleep 5 &|echo pause >>'$room/steps'; sleep 0.05 \&|; s|^distribute() {|&\n    echo distribute >>'$room/steps'|" \
        "$project/src/main/docker/keeper/authority" >"$room/quick" && chmod +x "$room/quick"
    run_script "$room/quick" &
    keeper=$!
    trap 'pkill -P "$keeper" || true; wait "$keeper" || true' EXIT
}

alive() { kill -0 "$keeper" || fail "the script ended: $(<"$room/stderr")"; }

distribute() { script distribute; }

script() { run_script "$project/src/main/docker/keeper/authority" "$@"; }

run_script() {
    KEEP_OWNER=yes AUTHORITY_FOLDER=$authority SECRETS_FOLDER=$secrets PARTS_FOLDER=$parts "$@" 2>"$room/stderr"
}

verify() { openssl verify -CAfile "$authority/ca.crt" "${@:2}" "$parts/$1"; } >/dev/null 2>&1

same_key() { [[ $(openssl x509 -in "$1.crt" -noout -pubkey) == "$(openssl pkey -in "$1.key" -pubout)" ]]; }

times() { find "$parts" -type f -printf '%p %T@ %i\n' | sort; }

fails() { ! "$@" || fail "succeeded: $*"; }

says() { grep --quiet --fixed-strings -- "$1" "$room/stderr" || fail "did not print '$1': $(<"$room/stderr")"; }

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

run_tests "$@"
