#!/usr/bin/env bash
# Tests a copy of the launcher whose tools are stubs, so that nothing is installed, built or
# started. LauncherTest runs this script. To run it directly: src/test/sh/launcher_test.sh [TEST…]
# shellcheck disable=SC2016,SC2034,SC2317 # stubs expand later; tests are found by name
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$project/src/test/sh/tests.sh"

test_a_command_reaches_java_with_its_arguments_as_they_are() {
    autoserve register "my app.yaml" ''
    says 'java -jar register|my app.yaml||'
}

test_it_works_through_a_symlink_from_any_folder() {
    mkdir "$room/elsewhere" && cd "$room/elsewhere"
    ln -s ../tree/autoserve as
    launcher=./as autoserve list
    says 'java -jar list|'
}

test_it_builds_once_and_again_only_after_a_change() {
    autoserve list
    autoserve list
    [[ $(calls mvn) == 1 ]] || fail "expected one build, had $(calls mvn)"
    touch -d '+1 minute' "$tree/src/main/java/Main.java"
    autoserve list
    [[ $(calls mvn) == 2 ]] || fail "expected a second build, had $(calls mvn)"
}

test_it_builds_again_after_a_change_of_the_seccomp_profile_because_the_jar_contains_it() {
    autoserve list
    mkdir "$tree/nginx/engine"
    touch -d '+1 minute' "$tree/nginx/engine/seccomp.json"
    autoserve list
    [[ $(calls mvn) == 2 ]] || fail "expected a second build, had $(calls mvn)"
}

test_launchers_started_together_build_once() {
    local pids=() pid
    for _ in 1 2 3; do autoserve list & pids+=($!); done
    for pid in "${pids[@]}"; do wait "$pid"; done
    [[ $(calls mvn) == 1 ]] || fail "expected one build, had $(calls mvn)"
}

test_a_launcher_that_waits_for_another_says_so() {
    mkdir -p "$tree/.autoserve"
    exec 8>"$tree/.autoserve/lock"
    flock 8
    autoserve list 8>&- &
    until grep -qs "another launcher has built what this tree needs (it holds $tree/.autoserve/lock)" "$room/stderr"; do sleep 0.05; done
    exec 8>&-
    wait $!
    [[ $(calls mvn) == 1 ]] || fail "expected one build, had $(calls mvn)"
}

test_a_failed_build_shows_the_end_of_its_log_and_does_not_run_the_old_one() {
    autoserve list
    rm "$room/calls"
    touch -d '+1 minute' "$tree/src/main/java/Main.java"
    stub mvn 'echo "ERROR: Main.java:1"; exit 1'
    fails autoserve list
    says 'ERROR: Main.java:1'
    says "$tree/.autoserve/log/build.log"
    [[ $(calls java) == 0 ]] || fail "ran java after a failed build"
}

test_a_failed_build_leaves_no_jar_that_would_be_taken_for_the_whole_one() {
    stub mvn 'mkdir -p target; echo jar >target/autoserve.jar; exit 1'
    fails autoserve list
    fails autoserve list
    [[ $(calls mvn) == 2 ]] || fail "ran the jar of a failed build"
}

test_a_built_tree_is_quiet_on_stderr() {
    autoserve list
    rm "$room/stderr"
    autoserve list
    [[ ! -s $room/stderr ]] || fail "printed to stderr: $(<"$room/stderr")"
}

test_only_commands_that_live_long_get_the_full_compiler() {
    autoserve list
    grep -q 'TieredStopAtLevel=1.* list' "$room/calls" || fail "list does not have the options for short processes"
    autoserve controller
    ! grep -q 'TieredStopAtLevel=1.* controller' "$room/calls" || fail "controller has the options for short processes"
}

test_only_commands_that_call_a_controller_get_the_small_jar() {
    autoserve list
    autoserve doctor
    autoserve controller
    grep -q -- "-jar $tree/target/autoserve-client.jar list" "$room/calls" || fail "list opens the whole jar"
    grep -q -- "-jar $tree/target/autoserve.jar doctor" "$room/calls" || fail "doctor lacks its libraries"
    grep -q -- "-jar $tree/target/autoserve.jar controller" "$room/calls" || fail "controller lacks its libraries"
}

test_the_cache_is_recorded_once_for_each_jar() {
    autoserve list
    autoserve status
    [[ $(grep -c 'AOTCacheOutput.*Rehearsal' "$room/calls") == 1 ]] || fail "recorded again: $(<"$room/calls")"
    touch -d '+1 minute' "$tree/src/main/java/Main.java"
    autoserve list
    [[ $(grep -c 'AOTCacheOutput.*Rehearsal' "$room/calls") == 2 ]] || fail "kept the cache of another jar"
}

test_a_release_needs_no_maven_and_no_compiler() {
    release 1.2.3
    rm "$jdk/bin/javac"
    stub mvn 'exit 1'
    autoserve list
    says 'java -jar list|'
    [[ $(calls mvn) == 0 ]] || fail "called Maven"
    grep -q -- "-jar $tree/lib/autoserve-client.jar list" "$room/calls" || fail "ran another jar: $(<"$room/calls")"
    [[ -e $tree/.autoserve/autoserve-1.2.3.aot ]] || fail "recorded no cache for this version"
}

test_a_release_in_a_folder_that_the_user_may_not_write_keeps_its_data_elsewhere() {
    release 1.2.3
    printf '1.2.3\n/proc/nowhere\n' >"$tree/RELEASE"
    XDG_STATE_HOME=$room/state autoserve list
    [[ -e $room/state/autoserve/.autoserve/autoserve-1.2.3.aot ]] || fail "has its data elsewhere"
    AUTOSERVE_DATA=$room/data autoserve list
    [[ -e $room/data/.autoserve/autoserve-1.2.3.aot ]] || fail "ignored AUTOSERVE_DATA"
    (top=$tree && cd "$room" && AUTOSERVE_DATA=data && source "$tree/src/main/sh/release.sh" && [[ $AUTOSERVE_HOME == "$room/data" ]]) ||
        fail "kept a relative folder"
}

test_a_user_who_may_not_write_the_data_of_the_package_runs_no_platform_on_other_data() {
    release 1.2.3
    printf '1.2.3\n/proc/nowhere\n' >"$tree/RELEASE"
    XDG_STATE_HOME=$room/state fails autoserve platform token
    says "The platform's data are in /proc/nowhere, where"
    says 'sudo autoserve platform token'
    [[ ! -e $room/state/autoserve/.autoserve/admin-token ]] || fail "made a token for no platform"
    XDG_STATE_HOME=$room/state autoserve platform --help
}

test_a_user_without_a_folder_can_run_commands() {
    release 1.2.3
    AUTOSERVE_DATA=/proc/nowhere autoserve list
    says 'java -jar list|'
    [[ ! -s $room/stderr ]] || fail "printed to stderr: $(<"$room/stderr")"
}

test_all_users_share_the_cache_that_the_installation_made() {
    release 1.2.3
    printf '1.2.3\n%s\n' "$room/installed" >"$tree/RELEASE"
    mkdir -p "$room/installed/.autoserve"
    touch -d '+1 minute' "$room/installed/.autoserve/autoserve-1.2.3.aot"
    AUTOSERVE_DATA=$room/data autoserve list
    ! grep -q AOTCacheOutput "$room/calls" || fail "recorded a cache of its own"
    grep -q -- "-XX:AOTCache=$room/installed/.autoserve/autoserve-1.2.3.aot" "$room/calls" || fail "used another cache: $(<"$room/calls")"
}

test_a_release_refuses_what_needs_the_repository() {
    release 1.2.3
    fails autoserve verify
    says "'verify' needs AutoServe's repository, and this is release 1.2.3."
    fails autoserve package
    says "'package' needs AutoServe's repository, and this is release 1.2.3."
}

test_the_client_runs_no_platform() {
    release 1.2.3
    rm "$tree/docker-compose.yml"
    rm "$tree/lib/autoserve.jar"
    local command
    for command in 'platform up' dev 'dev --stop' controller; do
        : >"$room/stderr"
        # shellcheck disable=SC2086 # the words are arguments
        fails autoserve $command
        says "This is AutoServe's client, which runs no platform."
    done
    autoserve dev --help
    says 'java -jar dev|--help|'
    autoserve list
    says 'java -jar list|'
}

test_a_release_loads_the_images_that_it_contains_once() {
    release 1.2.3
    mkdir "$tree/images"
    echo image >"$tree/images/nginx.tar.gz"
    stub docker "case \$* in
        load) read -r _ && echo sha256:loaded >\"\$ROOM/images/localhost/autoserve/nginx\" && exit ;;
        *debian*) exit 1 ;;
        esac; $(stub_of docker)"
    autoserve dev
    autoserve dev
    [[ $(grep -c '^docker load$' "$room/calls") == 1 ]] || fail "expected one load: $(<"$room/calls")"
    [[ $(builds localhost/autoserve/nginx) == 0 ]] || fail "built an image that the release contains"
    ! grep -q '^docker pull' "$room/calls" || fail "fetched the base image"
    echo sha256:theirs >"$room/images/localhost/autoserve/nginx"
    autoserve dev
    [[ $(grep -c '^docker load$' "$room/calls") == 2 ]] || fail "kept an image of somebody else"
}

test_the_version_of_a_release_comes_from_the_tag() {
    repository
    is_version 'echo v1.2.3-0-gabc123' 1.2.3
    is_version 'echo v1.2.3-4-gabc123' 1.2.3+4.gabc123
    is_version 'echo v1.2.3-0-gabc123.dirty' 1.2.3+0.gabc123.dirty
    is_version 'echo v2.0.0-rc1-0-gabc123' 2.0.0~rc1
    is_version '[[ $* == *--always* ]] || exit 1; echo abc123' 0.9.0~gabc123
}

is_version() { # is_version GIT VERSION
    stub git "$1"
    local found
    found=$(release_version)
    [[ $found == "$2" ]] || fail "expected version $2, was $found"
}

test_a_package_has_everything_that_a_server_and_a_client_need() {
    repository
    git_in_tree init -q
    git_in_tree add .
    git_in_tree commit -qm all
    git_in_tree tag v1.2.3
    stub mvn 'mkdir -p target; echo jar | tee target/autoserve.jar >target/autoserve-client.jar; echo {} >target/bom.json'
    autoserve package
    local out=$tree/target/release
    [[ $(cd "$out" && echo *) == 'SHA256SUMS autoserve-1.2.3.cdx.json autoserve-1.2.3.tar.gz autoserve-client_1.2.3_all.deb autoserve_1.2.3_all.deb' ]] ||
        fail "made $(cd "$out" && echo *)"
    (cd "$out" && sha256sum --quiet --check SHA256SUMS) || fail "the checksums are wrong"
    grep -q '^mvn .*-Dautoserve.version=1.2.3 ' "$room/calls" || fail "built another version: $(<"$room/calls")"

    dpkg-deb --fsys-tarfile "$out/autoserve_1.2.3_all.deb" | tar --list >"$room/server"
    dpkg-deb --fsys-tarfile "$out/autoserve-client_1.2.3_all.deb" | tar --list >"$room/client"
    local file
    for file in usr/bin/autoserve usr/lib/autoserve/lib/autoserve-client.jar usr/lib/autoserve/RELEASE usr/lib/autoserve/src/main/sh/java.sh \
        usr/share/bash-completion/completions/autoserve; do
        grep -qx "./$file" "$room/server" || fail "the server lacks $file"
        grep -qx "./$file" "$room/client" || fail "the client lacks $file"
    done
    local package
    for package in "$out"/*.deb; do
        dpkg-deb --ctrl-tarfile "$package" | tar --list | grep -qx ./postinst || fail "$package records no classes when it is installed"
    done
    for file in docker-compose.yml lib/autoserve.jar; do
        grep -qx "./usr/lib/autoserve/$file" "$room/server" || fail "the server lacks $file"
    done
    ! grep -q 'docker-compose.yml\|nginx\|autoserve.jar' "$room/client" || fail "the client contains the server"

    rm "$room/calls"
    tar --extract --file "$out/autoserve-1.2.3.tar.gz" --directory "$room"
    launcher=$room/autoserve-1.2.3/autoserve autoserve list
    says 'java -jar list|'
    [[ $(calls mvn) == 0 ]] || fail "the archive was built on the server"
}

test_the_packages_of_one_commit_are_the_same() {
    repository
    git_in_tree init -q
    git_in_tree add .
    git_in_tree commit -qm all
    git_in_tree tag v2.0.0-rc1
    stub mvn 'mkdir -p target; echo jar | tee target/autoserve.jar >target/autoserve-client.jar; echo {} >target/bom.json'
    autoserve package
    [[ -e $tree/target/release/autoserve_2.0.0-rc1_all.deb ]] || fail "made $(cd "$tree/target/release" && echo *)"
    cp "$tree/target/release/SHA256SUMS" "$room/first"
    touch -d '-1 year' "$tree/README.md" # as in a checkout that had this file earlier
    autoserve package
    cmp "$room/first" "$tree/target/release/SHA256SUMS" || fail "differs"
}

# Makes the tree a release with this version.
release() {
    mkdir "$tree/lib"
    echo jar | tee "$tree/lib/autoserve.jar" >"$tree/lib/autoserve-client.jar"
    echo "$1" >"$tree/RELEASE"
    touch "$tree/docker-compose.yml"
    rm -r "$tree/pom.xml" "$tree/src/main/java"
}

# Gives the tree the files that a release has, and loads the functions that make one.
repository() {
    echo '  <version>0.9.0</version>' >"$tree/pom.xml"
    touch "$tree"/{docker-compose.yml,LICENSE,README.md,CHANGELOG.md}
    mkdir -p "$tree"/{docs,src/main/resources/examples}
    touch "$tree/docs/spec.md" "$tree/src/main/resources/examples/demo.yaml"
    echo /target >"$tree/.gitignore"
    touch "$room/stdout" "$room/stderr"
    top=$tree state=$tree/.autoserve
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/package.sh"
}

git_in_tree() {
    git -C "$tree" -c user.name=test -c user.email=test@example.com "$@"
}

test_an_old_jdk_is_passed_over_and_what_to_install_is_said() {
    echo 'JAVA_VERSION="21.0.1"' >"$jdk/release"
    only_jdk "$jdk"
    user 1000
    fails autoserve list
    says 'AutoServe needs a JDK 25 or newer'
    says 'openjdk-25-jdk-headless'
    says 'https://adoptium.net'
}

test_without_an_engine_and_without_the_right_to_install_it_says_what_to_type() {
    engine none
    user 1000
    fails autoserve verify
    says 'sudo apt-get install docker.io iptables'
    [[ $(calls mvn) == 0 ]] || fail "continued with Maven"
}

test_without_apt_it_says_where_to_get_an_engine() {
    engine none
    without_apt
    fails autoserve dev
    says 'https://docs.docker.com/engine/install/'
}

test_an_engine_elsewhere_that_is_silent_is_named() {
    engine silent
    DOCKER_HOST=tcp://10.0.0.1:2375 fails autoserve dev
    says 'DOCKER_HOST=tcp://10.0.0.1:2375'
}

test_stopping_asks_nothing_of_the_machine() {
    engine none
    user 1000
    autoserve dev --stop
    says 'java -jar dev|--stop|'
}

test_stopping_builds_nothing_after_a_change() {
    autoserve dev
    touch -d '+1 minute' "$tree/src/main/java/Main.java"
    autoserve dev --stop
    [[ $(calls mvn) == 1 ]] || fail "expected no second build, had $(calls mvn)"
}

test_dev_builds_the_demo_only_where_it_is_wanted() {
    autoserve dev
    [[ $(builds localhost/autoserve/nginx) == 1 && $(builds localhost/autoserve-demo) == 0 ]] || fail "dev: $(<"$room/calls")"
    autoserve dev --demo
    [[ $(builds localhost/autoserve/nginx) == 1 && $(builds localhost/autoserve-demo) == 1 ]] || fail "dev --demo: $(<"$room/calls")"
}

test_an_image_is_built_again_only_when_its_inputs_change() {
    autoserve dev
    touch -d "-1 hour" "$tree/nginx/Dockerfile" # only the modification time changes, not the input
    autoserve dev
    [[ $(builds localhost/autoserve/nginx) == 1 ]] || fail "expected one build, had $(builds localhost/autoserve/nginx)"
    echo '# changed' >>"$tree/nginx/Dockerfile"
    autoserve dev
    [[ $(builds localhost/autoserve/nginx) == 2 ]] || fail "expected a second build, had $(builds localhost/autoserve/nginx)"
}

test_an_image_of_somebody_else_with_the_same_name_is_replaced() {
    autoserve dev
    echo sha256:theirs >"$room/images/localhost/autoserve/nginx"
    autoserve dev
    [[ $(builds localhost/autoserve/nginx) == 2 ]] || fail "expected a second build, had $(builds localhost/autoserve/nginx)"
    rm "$room/images/localhost/autoserve/nginx"
    autoserve dev
    [[ $(builds localhost/autoserve/nginx) == 3 ]] || fail "expected a third build, had $(builds localhost/autoserve/nginx)"
    [[ $(stat --format %a "$tree/.autoserve/images") == 700 ]] || fail "other users can read what was built"
}

test_a_failed_build_of_an_image_is_repeated() {
    local whole
    whole=$(stub_of docker)
    stub docker "[[ \$* != build* ]] || exit 1; $whole"
    fails autoserve dev
    stub docker "$whole"
    autoserve dev
    [[ $(builds localhost/autoserve/nginx) == 2 ]] || fail "expected a second build, had $(builds localhost/autoserve/nginx)"
}

test_pull_builds_each_image_once_more_without_the_cache() {
    autoserve dev
    (
        top=$tree state=$tree/.autoserve
        # shellcheck source=/dev/null
        source "$tree/src/main/sh/say.sh"
        # shellcheck source=/dev/null
        source "$tree/src/main/sh/machine.sh"
        # shellcheck source=/dev/null
        source "$tree/src/main/sh/images.sh"
        renew=yes
        image_nginx
        image_nginx
    ) >/dev/null 2>&1
    [[ $(builds localhost/autoserve/nginx) == 2 ]] || fail "expected a second build, had $(builds localhost/autoserve/nginx)"
    [[ $(grep -c '^docker build .*--no-cache' "$room/calls") == 1 ]] || fail "used the cache: $(<"$room/calls")"
}

test_verify_ends_with_the_status_of_maven() {
    stub mvn '[[ $* != *verify* ]] || exit 3; '"$(stub_of mvn)"
    local status=0
    autoserve verify || status=$?
    [[ $status == 3 ]] || fail "expected 3, was $status"
}

test_a_quick_verify_asks_nothing_of_the_machine() {
    engine none
    autoserve verify --quick
    grep -q '^mvn .*test$' "$room/calls" || fail "ran no unit tests: $(<"$room/calls")"
    ! grep -q '^docker\|^mvn .*verify' "$room/calls" || fail "ran more than unit tests: $(<"$room/calls")"
}

test_a_pid_file_is_forgotten_unless_the_process_is_the_engine() {
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/machine.sh"
    (exec -a dockerd sleep 60) &
    echo $! | tee "$room/true.pid" "$room/false.pid"
    until grep -q dockerd "/proc/$!/cmdline"; do :; done
    forget_unless containerd "$room/false.pid"
    forget_unless dockerd "$room/true.pid"
    kill $!
    [[ ! -e $room/false.pid ]] || fail "kept a pid file that names another program"
    [[ -e $room/true.pid ]] || fail "removed the pid file of a running dockerd"
}

test_the_authority_is_made_once_and_only_its_certificate_is_for_clients() {
    certificates
    [[ $(stat --format %a "$authority/ca.key") == 600 ]] || fail "other users can read the authority's key"
    local first
    first=$(<"$authority/ca.crt")
    make_certificates
    [[ $(<"$authority/ca.crt") == "$first" ]] || fail "replaced the authority, which clients trust"
    [[ $(<"$state/ca.crt") == "$first" ]] || fail "clients do not get the authority"
}

test_the_authority_of_an_earlier_version_is_kept() {
    mkdir -p "$room/state"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$room/state/ca.key" -days 9 \
        -subj "/CN=AutoServe's own authority" -out "$room/state/ca.crt" 2>/dev/null
    local earlier
    earlier=$(<"$room/state/ca.crt")
    certificates
    [[ $(<"$authority/ca.crt") == "$earlier" && -s $authority/ca.key && ! -e $state/ca.key ]] || fail "did not keep the authority"
    change_names
    grep -qx api.example.com "$authority/names" || fail "the API lacks a name"
}

test_an_authority_certifies_only_the_names_that_it_was_made_for() {
    certificates
    change_names
    may_certify autoserve-postgres-primary && may_certify 10.1.2.3 && may_certify api.example.com || fail "refuses its own names"
    ! may_certify example.org || fail "may certify a name of someone else"
    ! may_certify 10.9.9.9 || fail "may certify an address of someone else"
    local before
    before=$(<"$authority/names")
    AUTOSERVE_API_NAMES='other.example.com'
    runs() { [[ $1 == autoserve-controller-2 ]]; }
    (change_names) 2>"$room/stderr" && fail "accepted a name that the authority may not certify"
    touch "$room/stdout"
    says 'may not certify other.example.com'
    says './autoserve platform rotate-ca'
    [[ $(<"$authority/names") == "$before" ]] || fail "wrote a name that the authority may not certify"
}

test_an_authority_for_other_names_is_replaced_while_no_controller_runs() {
    certificates
    AUTOSERVE_API_NAMES='other.example.com'
    runs() { false; }
    stop_control_plane() { echo stop >>"$room/order"; }
    change_names
    order 'stop'
    may_certify other.example.com || fail "did not replace the authority"
    ! may_certify api.example.com || fail "may still certify a name that is no longer in use"
    [[ $(<"$authority/names") == "$(uname -n)"$'\n'other.example.com ]] || fail "the API has other names: $(<"$authority/names")"
    cmp "$state/ca.crt" "$authority/ca.crt" || fail "clients do not get the new authority"
    change_names
    order 'stop'
}

test_an_authority_stays_when_the_platform_moves_to_another_machine() {
    certificates
    local before
    before=$(<"$authority/ca.crt")
    uname() { echo another-machine; }
    runs() { false; }
    make_certificates
    change_names
    [[ $(<"$authority/ca.crt") == "$before" ]] || fail "replaced the authority, which clients trust"
    [[ $(<"$authority/names") == $'api.example.com\n10.1.2.3' ]] || fail "the API has other names: $(<"$authority/names")"
}

test_only_platform_up_changes_the_names_of_the_api() {
    certificates
    AUTOSERVE_API_NAMES=''
    make_certificates
    grep -qx api.example.com "$authority/names" || fail "another command removed a name"
    change_names
    ! grep -qx api.example.com "$authority/names" || fail "kept a name that the operator removed"
}

test_an_own_certificate_of_the_api_may_have_any_name() {
    certificates
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$secrets/api.key" -days 1 -subj /CN=mine -out "$secrets/api.crt" 2>/dev/null
    AUTOSERVE_API_NAMES='other.example.com'
    change_names
}

test_each_installation_has_an_authority_of_its_own() {
    certificates
    local first=$authority
    installation=staging make_certificates
    [[ $authority != "$first" ]] && ! cmp --silent "$state/ca.crt" "$state/staging-ca.crt" || fail "two installations share an authority"
}

test_a_rotation_reaches_every_step_in_turn() {
    rotation_of_a_platform
    platform_rotate_ca
    is_rotated
    [[ $(grep -c BEGIN "$state/ca.crt") == 1 ]] || fail "clients still trust the previous authority"
}

test_a_rotation_that_is_prepared_changes_no_certificate() {
    rotation_of_a_platform
    local before
    before=$(<"$authority/ca.crt")
    platform_rotate_ca --prepare
    [[ $(<"$authority/ca.crt") == "$before" ]] || fail "changed the authority that signs"
    [[ $(grep -c BEGIN "$state/ca.crt") == 2 ]] || fail "clients do not get both authorities"
    platform_rotate_ca
    is_rotated
}

test_a_rotation_adds_the_present_names_to_those_that_the_api_has() {
    rotation_of_a_platform
    AUTOSERVE_API_NAMES='other.example.com'
    platform_rotate_ca
    grep -qx other.example.com "$authority/names" && grep -qx api.example.com "$authority/names" || fail "a name is missing: $(<"$authority/names")"
}

test_a_rotation_that_has_begun_to_change_certificates_cannot_be_prepared() {
    rotation_of_a_platform
    platform_rotate_ca --prepare
    cp "$authority/ca.crt" "$authority/previous.crt"
    command mv "$authority/next.key" "$authority/ca.key" # as if it was interrupted then
    (platform_rotate_ca --prepare) 2>"$room/stderr" && fail "prepared a rotation in progress"
    touch "$room/stdout"
    says 'A rotation is in progress: run without --prepare.'
    platform_rotate_ca
    is_rotated
}

# An interruption leaves the files that are there before the next step. Continues with each of them.
test_a_rotation_can_be_interrupted_before_every_step() {
    rotation_of_a_platform
    AUTOSERVE_API_NAMES='' # each name takes three calls of OpenSSL
    uname -n >"$authority/names"
    local steps=0 step
    before_step() { steps=$((steps + 1)) && cp -a "$state" "$room/before-$steps"; }
    platform_rotate_ca
    is_rotated
    ((steps > 7)) || fail "has only $steps steps"
    before_step() { :; }
    for ((step = 1; step <= steps; step++)); do
        rm -r "$state"
        command mv "$room/before-$step" "$state"
        attempt platform_rotate_ca
        ((status == 0)) || fail "did not continue after an interruption before step $step"
        is_rotated
    done
}

# Loads the functions of `platform rotate-ca`, with an authority and a platform whose parts always
# use the authorities and certificates that they were given last.
rotation_of_a_platform() {
    state=$room/state
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/say.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/checks.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/platform.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/rotate.sh"
    certificates
    cp "$authority/ca.crt" "$room/first.crt"
    require_passwords() { :; }
    ready_compose() { :; }
    make_secrets() { make_certificates; }
    leader() { echo autoserve-controller-1; }
    await() { "${@:2}" || fail "$1: never happened"; }
    before_step() { :; }
    mv() { before_step && command mv "$@"; }
    distribute() { before_step && all_names_are_permitted && is_whole && give_authorities; }
    reload_authorities() { before_step; }
    accepted_by() { names_in trusted.crt; }
    shows_certificate_by() { [[ "<$1>" == "$(names_in issuer.crt)" ]]; }
    remember_permitted_names
}

all_names_are_permitted() {
    local name
    while read -r name; do
        may_certify "$name" || fail "the authority may not certify $name"
    done <"$authority/names"
}

# Makes may_certify remember what it permitted, since each answer takes three calls of OpenSSL.
remember_permitted_names() {
    declare -gA permitted
    eval "ask_openssl_$(declare -f may_certify)"
    may_certify() {
        local question
        question="$(<"$authority/ca.crt") $(<"$authority/ca.key") $1"
        [[ ${permitted[$question]-} ]] || { ask_openssl_may_certify "$1" && permitted[$question]=yes; }
    }
    all_names_are_permitted
}

is_whole() {
    [[ $(openssl x509 -in "$authority/ca.crt" -noout -pubkey) == "$(openssl pkey -in "$authority/ca.key" -pubout)" ]]
}

# The parts trust the authorities in trusted.crt and have certificates by the one in issuer.crt.
give_authorities() {
    mkdir -p "$state/parts"
    cp "$state/ca.crt" "$state/parts/trusted.crt" && cp "$authority/ca.crt" "$state/parts/issuer.crt"
}

# names_in FILE: prints the names of the authorities in this file of the parts, each as <name>. It reads
# the file once, although each part is asked.
names_in() {
    local file=$state/parts/$1
    [[ $file.names -nt $file ]] ||
        openssl storeutl -noout -text -certs "$file" | sed -n 's/.*Subject:.*CN *= *\(.*\)/<\1>/p' >"$file.names"
    echo "$(<"$file.names")"
}

is_rotated() {
    ! cmp --silent "$authority/ca.crt" "$room/first.crt" || fail "did not replace the authority"
    [[ $(cd "$authority" && echo *) == 'ca.crt ca.key names' ]] || fail "left files behind: $(cd "$authority" && echo *)"
    cmp --silent "$state/parts/trusted.crt" "$authority/ca.crt" || fail "the parts trust something else than the new authority"
    cmp --silent "$state/parts/issuer.crt" "$authority/ca.crt" || fail "the parts have certificates by another authority"
}

test_platform_up_refuses_at_once_when_the_password_of_its_database_is_lost() {
    fails autoserve platform up
    says 'The database in volume autoserve-postgres-primary exists'
    says "$tree/.autoserve/secrets/postgres-autoserve"
    says './autoserve platform down --volumes'
    [[ ! -e $tree/.autoserve/secrets/postgres-autoserve ]] || fail "created a new password"
    [[ $(calls mvn) == 0 ]] || fail "continued with the build"
}

test_a_password_is_lost_only_where_its_database_exists() {
    platform
    has_data() { false; }
    ! passwords_lost || fail "reported a lost password without a database"
    has_data() { true; }
    passwords_lost || fail "did not report the lost password of a database"
    mkdir -p "$secrets" && echo secret >"$secrets/postgres-autoserve"
    ! passwords_lost || fail "reported a lost password although its file exists"
    [[ $(where_passwords_are) == *checkout* ]] || fail "said: $(where_passwords_are)"
    version=1.2.3
    [[ $(where_passwords_are) == *AUTOSERVE_DATA* ]] || fail "said: $(where_passwords_are)"
}

test_removing_the_platform_needs_no_secrets_and_removes_the_firewalls_rules_after_the_apps() {
    platform
    ready_compose() { :; }
    make_secrets() { fail "created secrets"; }
    compose() { echo "$*" >>"$room/order"; }
    remove_instances() { echo "remove instances" >>"$room/order"; }
    stub docker '[[ $* != *remove* ]] || echo "remove rules" >>"$ROOM/order"
        [[ $* != "stop autoserve-firewall" ]] || echo "stop the firewall" >>"$ROOM/order"'
    platform_down --volumes
    order 'stop controller-1 controller-2 controller-3' 'remove instances' 'remove rules' 'stop the firewall' 'down --remove-orphans --volumes'
}

test_secrets_are_readable_for_their_owner_alone() {
    platform
    make_certificates() { :; }
    make_secrets
    local readable
    readable=$(find "$secrets" -type f -perm /077)
    [[ -z $readable ]] || fail "other users can read $readable"
    [[ -s $secrets/postgres-rewind && -s $secrets/secret-key ]] || fail "a secret is missing"
}

test_a_new_admin_token_reaches_running_controllers() {
    platform
    require_passwords() { :; }
    make_certificates() { :; }
    stub docker 'case $1 in start | exec) echo "$*" >>"$ROOM/order" ;; esac'
    platform_token >"$room/stdout"
    order 'start autoserve-authority' 'exec autoserve-authority authority distribute' 'exec autoserve-authority authority check'
    stub docker 'exit 1' # there is no container
    platform_token >"$room/stdout"
    touch "$room/stderr"
    says 'The controllers get it when the platform starts.'
}

test_subnets_overlap_when_they_share_an_address() {
    networks
    overlap 172.21.0.0/24 172.16.0.0/12 || fail "missed a larger network"
    overlap 10.0.0.0/8 10.9.8.0/24 || fail "missed a smaller network"
    overlap 172.21.0.0/24 172.21.0.0/24 || fail "missed the same network"
    ! overlap 172.21.0.0/24 172.20.0.0/16 || fail "took a neighbour for an overlap"
    ! overlap 172.21.0.0/24 172.21.1.0/24 || fail "took the next network for an overlap"
    ! overlap 172.21.0.0/24 fd00::/64 || fail "compared with IPv6"
}

test_routes_of_this_machine_are_read_but_not_the_default_route() {
    networks
    local table='Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
eth0 00000000 0101A8C0 0003 0 0 0 00000000 0 0 0
tun0 00000080 0101A8C0 0003 0 0 0 00000080 0 0 0
eth1 000015AC 00000000 0001 0 0 0 0000FFFF 0 0 0
tun1 000010AC 00000000 0001 0 0 0 0000F0FF 0 0 0'
    diff <(echo '172.21.0.0/16 the route of eth1' && echo '172.16.0.0/12 the route of tun1') <(routes <<<"$table") ||
        fail "read the routes wrongly"
}

test_a_control_network_that_overlaps_another_is_refused_with_the_way_out() {
    networks
    stub docker 'case $* in
        *ls*) echo 1 ;;
        *Containers*) ;;
        *Name*) echo "172.21.0.0/16 Docker network shop_default" ;;
        *) exit 1 ;;
    esac'
    routes() { :; }
    (ready_networks) 2>"$room/stderr" && fail "accepted the subnet"
    touch "$room/stdout"
    says 'The subnet 172.21.0.0/24 overlaps 172.21.0.0/16 (Docker network shop_default).'
    says 'Set AUTOSERVE_CONTROL_ADDRESSES to a free subnet'
}

test_the_networks_of_apps_and_platform_are_apart() {
    AUTOSERVE_CONTROL_ADDRESSES=172.20.7
    networks
    stub docker 'exit 1'
    (ready_networks) 2>"$room/stderr" && fail "accepted the subnet"
    touch "$room/stdout"
    says 'The subnet 172.20.7.0/24 overlaps 172.20.0.0/16 (AUTOSERVE_SUBNET, the network of the apps).'
}

test_a_network_with_another_subnet_is_refused_with_the_way_out() {
    AUTOSERVE_CONTROL_ADDRESSES=172.30.0
    networks
    stub docker 'case $* in *Labels*) echo autoserve ;; *IPAM*control) echo 172.21.0.0/24 ;; *) exit 1 ;; esac'
    (ready_networks) 2>"$room/stderr" && fail "accepted the network"
    touch "$room/stdout"
    says 'The network 0-autoserve-control has the subnet 172.21.0.0/24 instead of 172.30.0.0/24.'
}

test_an_address_that_is_none_is_refused() {
    AUTOSERVE_CONTROL_ADDRESSES=172.21.0.0
    networks
    stub docker 'exit 1'
    (ready_networks) 2>"$room/stderr" && fail "accepted the address"
    touch "$room/stdout"
    says "AUTOSERVE_CONTROL_ADDRESSES must be the first three numbers of an address, such as 172.21.0, was '172.21.0.0'."
}

test_a_container_without_a_health_check_passes_if_it_runs() {
    platform
    stub docker 'case $* in *Healthcheck*) ;; *State.Running*) echo true ;; exec*) exit 1 ;; esac'
    passes autoserve-demo || fail "asked a container for a check that it does not have"
    stub docker 'case $* in *Healthcheck*) printf "%s\n" CMD healthy --now ;; exec*) exit 1 ;; esac'
    ! passes autoserve-nginx || fail "did not run the check"
    grep -q '^docker exec autoserve-nginx healthy --now$' "$room/calls" || fail "ran another check: $(<"$room/calls")"
}

test_the_keepers_are_built_again_when_their_base_image_changes() {
    mkdir -p "$tree/src/main/docker/keeper"
    echo 'FROM localhost/autoserve/postgres' >"$tree/src/main/docker/keeper/Dockerfile"
    (
        top=$tree state=$tree/.autoserve
        # shellcheck source=/dev/null
        source "$tree/src/main/sh/say.sh"
        # shellcheck source=/dev/null
        source "$tree/src/main/sh/machine.sh"
        # shellcheck source=/dev/null
        source "$tree/src/main/sh/images.sh"
        image_keeper
        image_keeper
        [[ $(builds localhost/autoserve/keeper) == 1 ]] || fail "built the image twice"
        echo '# changed' >>"$tree/src/main/docker/postgres/Dockerfile"
        image_keeper
    ) >/dev/null 2>&1
    [[ $(builds localhost/autoserve/keeper) == 2 ]] || fail "expected a second build, had $(builds localhost/autoserve/keeper)"
}

test_the_control_plane_of_an_earlier_version_stops_before_the_present_one_starts() {
    platform
    patroni() { echo '| autoserve-postgres-primary | here | Leader | running |'; }
    stub docker 'case $* in
        *Mounts*etcd) echo "/var/lib/etcd /run/autoserve " ;;
        *Mounts*) echo "/var/lib/postgresql " ;;
        *State.Running*controller-3) echo false ;;
        *State.Running*) echo true ;;
        stop*) echo "stop ${*: -1}" >>"$ROOM/order" ;;
    esac'
    stop_earlier_version
    order 'stop autoserve-controller-1' 'stop autoserve-controller-2' \
        'stop autoserve-postgres-replica' 'stop autoserve-postgres-primary' 'stop autoserve-etcd'
}

test_the_control_network_is_created_before_docker_chooses_other_subnets() {
    platform
    networks
    step() { "${@:3}"; }
    stub docker 'exit 1'
    create_control_network
    stub docker 'echo id'
    create_control_network
    order 'renew controller-lb'
}

test_a_control_plane_of_this_version_keeps_running() {
    platform
    stub docker 'case $* in *Mounts*) echo "/var/lib/postgresql /run/autoserve " ;; *) exit 1 ;; esac'
    stop_earlier_version
    stub docker 'exit 1' # there are no containers yet
    stop_earlier_version
    [[ ! -e $room/order ]] || fail "stopped something"
}

test_what_times_out_is_named() {
    waits 0
    (await "controller-1 is ready" false) 2>"$room/stderr" && fail "the wait succeeded"
    says 'Timed out after 0 s, still waiting for: controller-1 is ready.'
}

test_a_wait_for_controllers_ends_with_the_reason_why_one_does_not_start() {
    waits 9
    stub docker '
        case $* in
            inspect*) printf "%s\n" "0 /autoserve-controller-1" "2 /autoserve-controller-2" ;;
            logs*controller-2) echo "autoserve: the controller does not start: AUTOSERVE_SUBNET must be a subnet, was x" >&2 ;;
        esac'
    controllers_ready() { false; }
    (await "all controllers are ready" controllers_ready) 2>"$room/stderr" && fail "the wait succeeded"
    says 'autoserve-controller-2: the controller does not start: AUTOSERVE_SUBNET must be a subnet, was x'
    says './autoserve platform logs controller-2'
}

test_a_controller_that_restarted_only_once_may_still_start() {
    waits
    stub docker '
        case $* in
            inspect*) echo "1 /autoserve-controller-1" ;;
            logs*) echo "autoserve: the controller does not start: the database is away" ;;
        esac'
    ask() { false; } # another platform may run on this machine
    (await "controller-1 is ready" has_joined 1) 2>"$room/stderr" && fail "the wait succeeded"
    says 'Timed out after 1 s'
}

test_a_wait_that_times_out_says_what_is_missing_and_why_and_the_way_out() {
    waits
    stub docker 'case $* in
        inspect*State*postgres-primary) echo "restarting 1" ;;
        inspect*State*) echo "running 0" ;;
        logs*) echo "no space left on device" ;;
    esac'
    (await "the first database is the primary" has_primary) 2>"$room/stderr" && fail "the wait succeeded"
    says 'Timed out after 1 s, still waiting for: the first database is the primary. The reason: autoserve-postgres-primary is restarting (exit code 1): no space left on device.'
    says './autoserve doctor'
}

test_an_overloaded_machine_gets_more_time_and_the_wait_says_so() {
    waits
    machine 48.20
    told() { grep -q 'the wait continues' "$room/stderr"; }
    why_told() { echo "controller-1 is not ready"; }
    (await "controller-1 is ready" told) 2>"$room/stderr" || fail "did not continue"
    says 'after 1 s: controller-1 is not ready; load average 48 on 2 cores …'
    says 'the wait continues for up to 10 s, because this machine is slow; load average 48 on 2 cores'
}

test_a_wait_does_not_repeat_a_reason_that_it_has_printed() {
    waits
    # shellcheck source=/dev/null
    source <(sed 's/patience=180/patience=2/; s/next=5/next=0/; s/next=$((waited + 10))/next=0/' "$tree/src/main/sh/wait.sh")
    idle_machine
    why_false() { echo "nothing happened"; }
    (await "it happens" false) 2>"$room/stderr" && fail "the wait succeeded"
    [[ $(grep -c 'after . s: nothing happened' "$room/stderr") == 1 ]] || fail "printed: $(<"$room/stderr")"
}

test_what_a_machine_lacks_is_named() {
    waits
    machine 1.00
    [[ -z $(burden) ]] || fail "an idle machine lacks $(burden)"
    machine 9.70
    echo 'full avg10=61.30 avg60=9.00 avg300=1.00 total=1' >"$proc/pressure/io"
    printf '%s:  %s kB\n' MemTotal 4000000 MemAvailable 204800 >"$proc/meminfo"
    [[ $(burden) == '; load average 9 on 2 cores; processes waited for the disk 61 % of the time; 200 MiB of memory available' ]] ||
        fail "the machine lacks $(burden)"
}

test_a_controller_that_is_not_ready_is_named_with_the_reason_of_its_own_and_of_the_databases() {
    waits
    stub docker 'echo "running 0"'
    ask() { printf 'HTTP/1.0 503 Service Unavailable\r\n\r\n{"status":503,"detail":"no database answers"}\n'; }
    patroni() { echo '| autoserve-postgres-primary | here | Leader | starting | | |'; }
    [[ $(why controllers_ready) == 'autoserve-controller-1 is not ready: no database answers (the primary database does not accept connections: autoserve-postgres-primary is Leader, starting)' ]] ||
        fail "said: $(why controllers_ready)"
}

test_nginx_answers_also_if_it_wants_the_proxy_protocol() {
    waits
    send() { [[ $2 == "$wanted"'TRACE / HTTP/1.0' ]] && printf 'HTTP/1.1 405 Not Allowed\r\n\r\n'; }
    wanted=''
    nginx_answers 80 || fail "did not ask as a client does"
    wanted=$'PROXY UNKNOWN\r\n'
    ! nginx_answers 80 || fail "an answer to nothing"
    AUTOSERVE_PROXY_PROTOCOL=on
    nginx_answers 80 || fail "did not announce itself"
}

test_only_several_leaders_are_several() {
    waits
    stub docker 'echo "running 0"'
    leader() { printf '%s\n' autoserve-controller-1 autoserve-controller-3; }
    [[ $(why one_leader) == 'several controllers report that they lead: autoserve-controller-1 autoserve-controller-3' ]] ||
        fail "said: $(why one_leader)"
    leader() { echo autoserve-controller-1; } # elected since the wait asked
    [[ $(why one_leader) != *several* ]] || fail "said: $(why one_leader)"
    leader() { :; }
    patroni() { echo '| autoserve-postgres-primary | here | Leader | running | | |'; }
    [[ $(why one_leader) == 'no controller reports that it leads' ]] || fail "said: $(why one_leader)"
}

test_a_standby_that_is_not_in_sync_is_named() {
    waits
    stub docker 'echo "running 0"'
    patroni() {
        printf '| %s | %s | %s | %s | 1 | |\n' Member Host Role State \
            autoserve-postgres-primary here Leader running autoserve-postgres-replica there Replica 'creating replica'
    }
    [[ $(why in_sync) == *'not in sync with the primary: autoserve-postgres-primary is Leader, running; autoserve-postgres-replica is Replica, creating replica' ]] ||
        fail "said: $(why in_sync)"
}

test_a_part_that_fails_its_check_is_named_with_what_the_check_printed() {
    waits
    stub docker 'case $* in
        *State.Status*) echo "running 0" ;;
        *Healthcheck*) printf "%s\n" CMD etcd-healthy ;;
        exec*) printf "%s\n" "fine" "etcd does not answer" && exit 1 ;;
    esac'
    [[ $(why passes autoserve-etcd) == 'autoserve-etcd does not pass its health check: etcd does not answer' ]] || fail "said: $(why passes autoserve-etcd)"
    passes() { return 124; }
    [[ $(why passes autoserve-etcd) == *'health check: it takes more than 60 s' ]] || fail "said: $(why passes autoserve-etcd)"
}

test_the_container_that_fails_its_check_is_found_among_all() {
    waits
    passes() { [[ $1 != autoserve-etcd ]] || { echo "no leader" && return 1; }; }
    stub docker 'case $* in
        ps*) printf "%s\n" autoserve-nginx autoserve-etcd autoserve-engine ;;
        *State.Status*) echo "running 0" ;;
    esac'
    [[ $(why checks_pass) == 'autoserve-etcd does not pass its health check: no leader' ]] || fail "said: $(why checks_pass)"
}

test_a_port_that_refuses_although_its_container_is_healthy_is_repaired_once() {
    waits
    connects() { [[ $1 != 80 ]]; }
    passes() { true; }
    stub docker '[[ $* != *StartedAt* ]] || echo 2020-01-31T10:00:00.123456789Z'
    unset AUTOSERVE_HTTP_PORT
    (repair_ports && repair_ports) 2>"$room/stderr"
    [[ $(grep -c '^docker restart' "$room/calls") == 1 ]] || fail "restarted: $(grep restart "$room/calls")"
    grep -qx 'docker restart autoserve-nginx' "$room/calls" || fail "did not restart nginx"
}

test_a_port_that_only_answers_late_is_not_repaired() {
    waits
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/repair.sh"
    stub timeout 'exit 124'
    connects 80 || fail "took an overloaded machine for a dead port"
    stub timeout 'exit 1'
    ! connects 80 || fail "took a dead port for an overloaded machine"
}

test_a_container_that_still_starts_is_not_restarted_for_its_port() {
    waits
    connects() { false; }
    passes() { [[ $1 == autoserve-nginx ]]; }
    stub docker '[[ $* != *StartedAt* ]] || date --utc +%FT%TZ'
    repair_ports
    passes() { false; }
    stub docker '[[ $* != *StartedAt* ]] || echo 2020-01-31T10:00:00.123456789Z'
    repair_ports
    ! grep -q '^docker restart' "$room/calls" || fail "restarted a container that starts"
}

test_containers_that_hang_are_repaired_before_the_start() {
    waits
    stub docker '[[ $* != ps* ]] || printf "%s\n" "created autoserve-nginx" "dead autoserve-etcd" "restarting autoserve-controller-1" "paused autoserve-controller-2" "running autoserve-controller-3" "exited autoserve-engine"'
    repair_containers
    diff <(printf 'docker %s\n' 'rm --force autoserve-nginx' 'rm --force autoserve-etcd' 'restart autoserve-controller-1' 'unpause autoserve-controller-2') \
        <(grep -v '^docker ps' "$room/calls") || fail "repaired something else"
    [[ -e $state/log/platform-up.log ]] || fail "wrote the log to another folder"
}

test_endpoints_without_a_container_are_freed_and_others_stay() {
    networks
    waits
    stub docker 'case $* in
        "network ls"*) echo autoserve ;;
        "network inspect"*) printf "%s\n" shop-0 prometheus shop-1 "" ;;
        ps*) [[ ! -e $ROOM/silent ]] && printf "%s\n" prometheus shop-1 shop-01 ;; # one of them may just be starting
    esac'
    free_endpoints
    [[ $(grep 'disconnect' "$room/calls") == 'docker network disconnect --force autoserve shop-0' ]] || fail "disconnected: $(grep disconnect "$room/calls")"
    touch "$room/silent"
    free_endpoints # a list that Docker did not answer proves nothing
    [[ $(grep -c 'disconnect' "$room/calls") == 1 ]] || fail "disconnected: $(grep disconnect "$room/calls")"
}

test_an_endpoint_that_kept_a_container_from_starting_is_freed() {
    networks
    waits
    stub docker 'case $* in
        "network ls"*) echo autoserve ;;
        "network inspect"*) echo autoserve-nginx ;;
        ps*State*) echo "created autoserve-nginx" ;;
        ps*) [[ -e $ROOM/removed ]] || echo autoserve-nginx ;;
        "rm --force autoserve-nginx") touch "$ROOM/removed" ;;
    esac'
    repair_leftovers
    grep -qx 'docker network disconnect --force autoserve autoserve-nginx' "$room/calls" || fail "kept the endpoint"
}

# The network is in use until its endpoint is freed, and Compose stops there.
test_removing_the_platform_continues_past_a_network_that_is_in_use() {
    removal
    stale_endpoint
    compose() { [[ $1 != down ]] || { echo "network has active endpoints" >&2 && return 1; }; }
    platform_down --volumes
    [[ ! -e $room/network && ! -e $room/volume ]] || fail "left something behind"
    platform_down --volumes # may be repeated
}

test_what_cannot_be_removed_is_named_with_the_way_out() {
    removal
    compose() { :; }
    stub docker 'case $* in
        "volume ls"*) echo autoserve-etcd ;;
        "network ls"*) echo autoserve ;;
        "network inspect"*Containers*) echo prometheus ;;
        "ps --all --format"*) echo prometheus ;;
        inspect*) echo true ;;
        *rm*) exit 1 ;;
    esac'
    (platform_down --volumes) 2>"$room/stderr" && fail "reported success"
    says 'These could not be removed: network autoserve; volume autoserve-etcd.'
    says 'docker network disconnect --force autoserve CONTAINER'
    says 'docker volume rm autoserve-etcd'
    (platform_down) 2>"$room/stderr" && fail "reported success"
    ! grep -q 'volume' "$room/stderr" || fail "named volumes, which should stay"
}

test_the_rules_of_the_firewall_stay_while_an_instance_is_left() {
    removal
    unset -f remove_rules
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/platform.sh"
    ready_compose() { :; }
    compose() { :; }
    stub docker 'case $* in
        ps*autoserve.instance*) echo shop-0 ;;
        rm*) exit 1 ;;
        *remove*) echo "remove rules" >>"$ROOM/order" ;;
    esac'
    (platform_down) 2>"$room/stderr" && fail "reported success"
    says 'The rules stay, because these instances are left: shop-0'
    [[ ! -e $room/order ]] || fail "removed the rules"
}

# The container of a task has no label of an instance, and those of instances have both labels.
test_tasks_are_removed_with_the_instances() {
    platform
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/platform.sh"
    stub docker 'case $* in
        ps*autoserve.instance*) echo shop-0 ;;
        ps*autoserve.task*) printf "%s\n" shop-0 shop.task-0f3kq9vs.1 ;;
    esac'
    remove_instances
    grep -qx 'docker rm --force --volumes shop-0 shop.task-0f3kq9vs.1' "$room/calls" || fail "removed: $(grep 'docker rm' "$room/calls")"
}

# Loads the functions that remove the platform.
removal() {
    networks
    waits
    ready_compose() { :; }
    remove_instances() { :; }
    remove_rules() { :; }
}

# A network and a volume, of which the network has an endpoint of a container that is gone.
stale_endpoint() {
    touch "$room"/{network,endpoint,volume}
    stub docker 'case $* in
        "network ls"*) [[ ! -e $ROOM/network ]] || echo autoserve ;;
        "network inspect"*) [[ ! -e $ROOM/endpoint ]] || echo shop-0 ;;
        "network disconnect --force autoserve shop-0") rm "$ROOM/endpoint" ;;
        "network rm autoserve") [[ ! -e $ROOM/endpoint ]] && rm "$ROOM/network" ;;
        "volume ls"*) [[ ! -e $ROOM/volume ]] || echo autoserve-etcd ;;
        "volume rm"*) rm "$ROOM/volume" ;;
        inspect*) exit 1 ;;
    esac'
}

test_compose_does_not_run_beside_an_instance_with_its_labels() {
    platform
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/say.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/platform.sh"
    require_our_images() { :; }
    stub docker 'echo shop-0'
    compose=(false)
    (compose up --detach) >"$room/stdout" 2>"$room/stderr" && fail "Compose ran"
    says 'carry the labels of Docker Compose'
    says 'docker rm --force shop-0'
}

test_compose_2_does_not_begin_with_the_networks_of_compose_1() {
    platform
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/say.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/platform.sh"
    compose=(docker compose)
    local version
    for version in 1.29.2 2.26.1; do
        stub docker "
            case \$* in
                compose*) echo $version ;;
                'network ls'*) printf '%s\n' 'autoserve 2.26.1' 'autoserve-consensus 1.29.2' ;;
            esac"
        (require_networks_of_this_compose) >"$room/stdout" 2>"$room/stderr" && continue
        [[ $version == 2.* ]] || fail "Compose 1.29 refused its own networks"
        says 'Compose 1.29 created these networks, which Compose 2 does not accept: autoserve-consensus.'
        says 'docker network rm autoserve-consensus'
        return
    done
    fail "Compose 2 began with a network of Compose 1.29"
}

test_compose_runs_no_image_that_the_launcher_did_not_build() {
    platform
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/say.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/platform.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/images.sh"
    mkdir -p "$state/images"
    echo 'inputs sha256:ours' | tee "$state/images"/{nginx,postgres,keeper,controller} >/dev/null
    stub docker 'case $* in *Id*postgres) echo sha256:theirs ;; *Id*) echo sha256:ours ;; esac'
    top=$tree compose=(false)
    (compose up --detach) >"$room/stdout" 2>"$room/stderr" && fail "Compose ran"
    says 'The image localhost/autoserve/postgres is not the one that this launcher built'
    says './autoserve platform up'
    stub docker '[[ $* != *Id* ]] || echo sha256:ours'
    compose=(echo ran)
    (compose up --detach) >"$room/stdout" 2>"$room/stderr"
    says 'ran'
}

test_controllers_are_renewed_one_at_a_time_and_the_leader_last() {
    platform
    leader() { echo autoserve-controller-2; }
    upgrade_controllers
    order 'renew controller-1' 'await 1' 'renew controller-3' 'await 3' 'renew controller-2' 'await 2'
}

test_nobody_waits_for_what_compose_leaves_as_it_is() {
    platform
    leader() { echo autoserve-controller-1; }
    touch "$room/autoserve-controller-3.same"
    upgrade_controllers
    order 'renew controller-2' 'await 2' 'renew controller-3' 'renew controller-1' 'await 1'
}

test_the_primary_database_is_renewed_when_its_replica_is_in_sync_again() {
    platform
    patroni() { printf '| %s | %s | Leader | running |\n' autoserve-postgres-replica here; } # after a failover
    upgrade_databases
    order 'renew etcd' 'await in_sync' 'renew postgres-primary' 'await in_sync' 'renew postgres-replica' 'await in_sync' \
        'renew etcd postgres-primary postgres-replica' 'await in_sync'
}

test_databases_that_nobody_leads_are_started_together() {
    platform
    upgrade_databases
    order 'renew etcd postgres-primary postgres-replica' 'await in_sync'
}

test_two_nginx_are_renewed_one_at_a_time() {
    platform
    unset AUTOSERVE_HTTP_PORT AUTOSERVE_PROXIES
    exists() { [[ $1 == autoserve-nginx-2 ]]; }
    sleep() { echo "sleep $1" >>"$room/order"; }
    upgrade_proxies
    order 'renew nginx' 'await 80' 'sleep 15' 'renew nginx-2' 'await autoserve-nginx-2'
}

test_one_nginx_is_renewed_with_the_other_services() {
    platform
    unset AUTOSERVE_PROXIES
    exists() { false; }
    start_or_remove_second_proxy
    upgrade_proxies
    [[ ! -e $room/order ]] || fail "did: $(<"$room/order")"
}

test_a_second_nginx_is_started_and_stays_until_one_is_desired() {
    platform
    exists() { false; }
    [[ $(number_of_proxies) == 1 ]] || fail "has $(number_of_proxies) nginx"
    up_options --demo --proxies 2
    start_or_remove_second_proxy
    order 'renew nginx-2'
    exists() { [[ $1 == autoserve-nginx-2 ]]; }
    unset AUTOSERVE_PROXIES
    [[ $(number_of_proxies) == 2 ]] || fail "forgot the second nginx"
    up_options --proxies 1
    stub docker ''
    start_or_remove_second_proxy
    grep -qx 'docker stop --time 10 autoserve-nginx-2' "$room/calls" || fail "did not stop the second nginx"
    grep -qx 'docker rm --volumes autoserve-nginx-2' "$room/calls" || fail "did not remove the second nginx"
}

test_a_second_nginx_is_removed_while_the_controllers_still_know_of_it() {
    platform
    local steps
    steps=$(declare -f platform_up | grep -o 'start_or_remove_second_proxy\|upgrade_controllers\|upgrade_proxies' | xargs)
    [[ $steps == 'start_or_remove_second_proxy upgrade_controllers upgrade_proxies' ]] || fail "the order is: $steps"
}

test_a_second_nginx_that_could_not_start_is_not_forgotten() {
    platform
    local steps
    steps=$(declare -f platform_up | grep -o 'number_of_proxies)\|repair_leftovers' | xargs)
    [[ $steps == 'number_of_proxies) repair_leftovers'* ]] || fail "the order is: $steps"
}

test_options_of_platform_up_come_in_any_order_and_unknown_ones_are_refused() {
    platform
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/say.sh"
    touch "$room/stdout"
    up_options --pull --proxies 2 --demo
    [[ $demo$renew$AUTOSERVE_PROXIES == --demoyes2 ]] || fail "read: $demo $renew $AUTOSERVE_PROXIES"
    ! up_options --domo || fail "took an unknown option"
    (up_options --proxies 3) 2>"$room/stderr" && fail "took three nginx"
    says "--proxies must be 1 or 2, was '3'."
}

# Loads the functions of `platform up` with a fake Compose. It recreates each service, unless a file
# NAME.same exists. Every port of this machine accepts connections.
platform() {
    state=$room/state top=$tree
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/wait.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/repair.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/checks.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/platform.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/patroni.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/upgrade.sh"
    step() { "${@:3}"; }
    compose() { # up --detach SERVICE…
        echo "renew ${*:3}" >>"$room/order"
        local service
        for service in "${@:3}"; do
            [[ -e $room/autoserve-$service.same ]] || echo another >"$room/autoserve-$service"
        done
    }
    container_id() { cat "$room/$1" 2>/dev/null || echo one; }
    await() { echo "await ${*: -1}" >>"$room/order"; }
    leader() { :; }
    patroni() { :; }
    connects() { true; }
}

# waits [PATIENCE]: loads the functions that wait, with a patience of one second or this one, on an
# idle machine. Its clock moves only while something sleeps, by one second each time.
waits() {
    platform
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/say.sh"
    # shellcheck source=/dev/null
    source <(sed "s/patience=180/patience=${1:-1}/" "$tree/src/main/sh/wait.sh")
    idle_machine
    unset SECONDS EPOCHREALTIME # which the shell then no longer changes
    SECONDS=0 EPOCHREALTIME=0.000000
    sleep() { SECONDS=$((SECONDS + 1)); }
    touch "$room/stdout"
}

idle_machine() { machine 0.10; }

machine() { # machine LOAD: a machine with two cores and this load
    proc=$room/proc
    mkdir -p "$proc/pressure"
    echo "$1 0.05 0.01 1/200 4711" >"$proc/loadavg"
    printf 'processor\t: %s\n' 0 1 >"$proc/cpuinfo"
    printf '%s:  %s kB\n' MemTotal 4000000 MemAvailable 3000000 >"$proc/meminfo"
    short_of_disk() { :; }
}

# Loads the functions that check the networks.
networks() {
    installation=autoserve
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/say.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/networks.sh"
}

order() {
    diff <(printf '%s\n' "$@") "$room/order" || fail "the order of the steps is wrong"
}

# Loads the functions of the authority, and gives a platform without files the authority that
# `furnish` made.
certificates() {
    state=$room/state secrets=$room/state/secrets installation=autoserve AUTOSERVE_API_NAMES="api.example.com 10.1.2.3"
    [[ -e $state || ! -e $room/made ]] || cp -a "$room/made" "$state"
    mkdir -p "$secrets"
    controllers=(autoserve-controller-{1..3})
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/say.sh"
    # shellcheck source=/dev/null
    source "$tree/src/main/sh/certificates.sh"
    make_certificates
}

# ---- The folder of a test: a tree with the launcher, a JDK, and stubs that record their calls

locate() {
    tree=$room/tree jdk=$room/jdk tools=$room/tools launcher=$tree/autoserve
    export JAVA_HOME=$jdk PATH=$tools:/usr/bin:/bin ROOM=$room
    unset DOCKER_HOST
}

furnish() {
    mkdir -p "$tree/src/main/java" "$tree/nginx" "$tree/src/demo" "$tree/src/main/docker/postgres" "$jdk/bin" "$tools" \
        "$room/images/localhost/autoserve"
    cp "$project/autoserve" "$tree" && cp -r "$project/src/main/sh" "$tree/src/main"
    touch -d '-1 minute' "$tree/pom.xml" "$tree/src/main/java/Main.java" "$tree/src/main/java" "$room/calls"
    touch "$tree"/{nginx,src/demo,src/main/docker/postgres}/Dockerfile
    echo 'JAVA_VERSION="25.0.1"' >"$jdk/release"

    stub mvn 'mkdir -p target; echo jar | tee target/autoserve.jar >target/autoserve-client.jar'
    stub apt-get 'exit 1'
    stub promtool ''
    stub spin ''
    stub cc ''
    stub docker '
        case $* in
            build*)
                cat >/dev/null
                [[ $* =~ --iidfile\ ([^ ]+)\ --tag\ ([^ ]+) ]]
                echo "sha256:$RANDOM$RANDOM" | tee "${BASH_REMATCH[1]}" >"$ROOM/images/${BASH_REMATCH[2]}"
                ;;
            *inspect*Id*localhost*) cat "$ROOM/images/${*: -1}" ;;
        esac'
    stub_at "$jdk/bin/java" '
        [[ $* != *AOTCacheOutput* ]] || exit 0
        while [[ $1 != -jar ]]; do shift; done
        printf "java -jar "; printf "%s|" "${@:3}"; echo'
    stub_at "$jdk/bin/javac" 'exit 1'
    user 0

    certificates
    mv "$state" "$room/made"
}

stub() { stub_at "$tools/$1" "$2"; }

stub_at() {
    printf '#!/bin/bash\necho "%s $*" >>"$ROOM/calls"\n%s\n' "${1##*/}" "$2" >"$1"
    [[ -x $1 ]] || chmod +x "$1"
}

stub_of() { tail -n +3 "$tools/$1"; }

user() { stub id "echo $1"; }

engine() {
    stub docker 'exit 1'
    case $1 in
        none) replace_in machine.sh 's/^has_engine() {/&\n    false; return/' ;;
        silent) ;;
    esac
}

only_jdk() { replace_in java.sh "s|^java_homes() {|&\n    echo '$1'; return|"; }

without_apt() { replace_in machine.sh 's/command -v apt-get/false/'; }

replace_in() { sed -i "$2" "$tree/src/main/sh/$1"; }

autoserve() { "$launcher" "$@" >>"$room/stdout" 2>>"$room/stderr"; }

fails() {
    ! "$@" || fail "expected '$*' to fail"
}

says() {
    cat "$room/stdout" "$room/stderr" | grep -F -- "$1" || fail "expected '$1' in: $(cat "$room/stdout" "$room/stderr")"
}

calls() { grep -c "^$1 " "$room/calls" || true; }

builds() { grep -c "^docker build .*--tag $1 " "$room/calls" || true; }

fail() {
    echo "$1" >&2
    exit 1
}

run_tests "$@"
