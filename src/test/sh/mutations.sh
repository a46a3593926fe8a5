#!/usr/bin/env bash
# Breaks the code in one place after the other in a copy of the tree, and runs the simulation of the
# control plane, which must then fail. If it passes, its invariants do not cover that place. Some
# mutations change SQL, which the model of PostgreSQL runs as it is written.
#
#   src/test/sh/mutations.sh [NAME…]    only these mutations
#
# SEEDS (200): number of runs of ten simulated minutes for each mutation
set -euo pipefail

top=$(dirname "$(readlink -f "$0")")/../../..
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
hours=$(((${SEEDS:-200} + 5) / 6)) # six runs simulate an hour
failed=0

# mutate NAME FILE BEFORE AFTER: replaces the text BEFORE in the file by AFTER, and runs the
# simulation. BEFORE must occur in the file, and the simulation must fail. Restores the file.
mutate() {
    local name=$1 file=$copy/src/main/java/io/autoserve/$2
    local text
    [[ -z ${wanted[*]-} || " ${wanted[*]} " == *" $name "* ]] || return 0
    text=$(<"$file")
    [[ $text == *"$3"* ]] || { echo "WRONG  $name: $2 does not contain: $3" && failed=1 && return; }
    printf '%s\n' "${text/"$3"/"$4"}" >"$file"
    if mvn -B -o -q -f "$copy" test -Dspotless.check.skip -Dsimulation.hours="$hours" \
        -Dtest='SimulationTest#keeps_its_promises_for_hours' >"$copy/log" 2>&1; then
        echo "MISSED $name" && failed=1
    elif grep -q 'AssertionError\|AssertionFailedError' "$copy/log"; then
        echo "found  $name: $(grep -o 'seed [0-9]*: .*' "$copy/log" | head -1)"
    else
        echo "WRONG  $name: the copy does not compile" && grep ERROR "$copy/log" | head -5 && failed=1
    fi
    printf '%s\n' "$text" >"$file"
}

wanted=("$@")
cp -r "$top"/{src,migrations,nginx,docs,load-tests,pom.xml} "$copy"
sed -i '/-Werror/d; /failOnWarning/d' "$copy/pom.xml" # after a mutation, some code is unused

mutate drop-the-fence store/FencedWrites.java \
    'if (leads.size() == 0) {' \
    'if (leads.size() < 0) {'
mutate do-not-lock-the-fence store/FencedWrites.java \
    'public static final String FENCE = "select from leader where epoch = $1 and id = $2 for share";' \
    'public static final String FENCE = "select from leader where epoch = $1 and id = $2";'
mutate compare-only-the-epoch store/FencedWrites.java \
    'public static final String FENCE = "select from leader where epoch = $1 and id = $2 for share";' \
    'public static final String FENCE = "select from leader where epoch = $1 and $2 is not null for share";'
mutate do-not-wait-for-the-standby store/Database.java \
    'standby.caughtUp(done.server).await();' \
    'standby.absent();'
mutate trust-any-primary-for-the-standby store/Standby.java \
    'asked.equals(server)' \
    'asked.equals(asked)'
mutate trust-a-lease-for-long cluster/Candidacy.java \
    'Duration TRUST = Duration.ofMillis(1500);' \
    'Duration TRUST = Duration.ofMillis(9500);'
mutate start-without-another-claim apps/ActionExecutor.java \
    'var claimed = recorder.claim(resume);' \
    'var claimed = Optional.of(resume.instance());'
mutate take-a-lost-answer-for-a-failure apps/ActionExecutor.java \
    '} catch (Deposed | DatabaseAway | NotPermitted | OutcomeUnknown | DiskFull notItsFault) {' \
    '} catch (Deposed | DatabaseAway | NotPermitted | DiskFull notItsFault) {'
mutate remove-without-confirmation apps/Recorder.java \
    'fencedWrites.confirm(term);' \
    ''
mutate stop-before-the-proxy-confirms plan/InstancePlanner.java \
    $'        if (!situation.traffic().withdrawn(instance.id())) {\n            lookAgain' \
    $'        if (situation.now().isBefore(instance.stateSince())) {\n            lookAgain'
mutate clear-before-the-proxy-confirms plan/InstancePlanner.java \
    'if (situation.traffic().withdrawn(instance.id())) {' \
    'if (!situation.now().isBefore(instance.stateSince())) {'
mutate believe-a-partial-list plan/Occupants.java \
    $'            case RUNNING, DRAINING, STOPPING ->\n                    instance.containerId() != null && !byInstance.containsKey(instance.id());\n            case PENDING, STARTING, FAILED -> false;' \
    '            case RUNNING, DRAINING, STOPPING, PENDING, STARTING, FAILED -> false;'
mutate occupy-a-slot-twice store/FencedWrites.java \
    $'                    if (before != null && !before.allows(Transition.OCCUPY)) {\n                        return Optional.empty();' \
    $'                    if (before != null && before.restarts() < 0) {\n                        return Optional.empty();'
mutate ignore-a-new-timeline events/Feed.java \
    'if (found.timeline() != now.timeline() || found.lastSeq() < now.seq()) {' \
    'if (found.lastSeq() < 0) {'
mutate forget-the-idempotency-key store/Database.java \
    'IdempotencyTable.keep(transaction, once, form.write(answer));' \
    ''
mutate do-not-lock-the-app store/DesiredState.java \
    'transaction.tell("select from apps where name = $1 for update", name); // see Rows.app' \
    ''
mutate route-to-what-is-not-ready model/Instance.java \
    'return state == State.RUNNING && health == Health.READY && address != null;' \
    'return state == State.RUNNING && health != Health.NOT_READY && address != null;'
mutate forget-the-routes-of-an-earlier-leader apps/NginxRoutes.java \
    $'        tried = null;\n        conflicts = Set.of();' \
    '        conflicts = Set.of();'
mutate act-on-slots-that-changed-during-the-pass apps/ActionExecutor.java \
    'untouchable.addAll(begunSinceLook);' \
    ''
mutate never-read-without-a-notification events/Feed.java \
    'Duration GLANCE = Duration.ofSeconds(2);' \
    'Duration GLANCE = Duration.ofDays(2);'
mutate rest-for-long apps/Reconciler.java \
    'Duration LONGEST_REST = Duration.ofSeconds(10);' \
    'Duration LONGEST_REST = Duration.ofHours(10);'
exit "$failed"
