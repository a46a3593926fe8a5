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
failed=0

# simulates: runs the simulation with the classes in "mutant" instead of the original ones.
simulates() {
    "$java/java" -Dsimulation.shrinks=false -cp "$copy/mutant:$classpath" \
        io.autoserve.simulation.Campaign 1000 "${SEEDS:-200}" >"$copy/log" 2>&1
}

# mutate NAME FILE BEFORE AFTER: replaces the text BEFORE in the file by AFTER, and runs the
# simulation. BEFORE must occur in the file, and the simulation must fail. Restores the file.
mutate() {
    local name=$1 file=$copy/src/main/java/io/autoserve/$2
    local text
    [[ -z ${wanted[*]-} || " ${wanted[*]} " == *" $name "* ]] || return 0
    text=$(<"$file")
    [[ $text == *"$3"* ]] || { echo "WRONG  $name: $2 does not contain: $3" && failed=1 && return; }
    printf '%s\n' "${text/"$3"/"$4"}" >"$file"
    rm -rf "$copy/mutant"
    if ! "$java/javac" -nowarn -proc:none -parameters -cp "$classpath" -d "$copy/mutant" "$file" \
        >"$copy/log" 2>&1; then
        echo "WRONG  $name: the copy does not compile" && head -5 "$copy/log" && failed=1
    elif simulates; then
        echo "MISSED $name" && failed=1
    elif grep -q '^seed [0-9]' "$copy/log"; then
        echo "found  $name: $(grep '^seed [0-9]' "$copy/log" | head -1)"
    else
        echo "WRONG  $name: the simulation did not run" && head -5 "$copy/log" && failed=1
    fi
    printf '%s\n' "$text" >"$file"
}

wanted=("$@")
java=${JAVA_HOME:+$JAVA_HOME/bin}
java=${java:-$(dirname "$(readlink -f "$(command -v java)")")}
cp -r "$top"/{src,migrations,nginx,docs,load-tests,pom.xml} "$copy"
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.9.0
mvn -B -q -f "$copy" test-compile "$plugin:build-classpath" -Dspotless.check.skip \
    -Dmdep.outputFile="$copy/classpath"
classpath=$copy/target/test-classes:$copy/target/classes:$(<"$copy/classpath")

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
mutate stop-with-requests-in-flight plan/InstancePlanner.java \
    'situation.traffic().drained(instance.id())' \
    'situation.traffic().withdrawn(instance.id())'
mutate forget-the-back-off plan/Backoff.java \
    'return now.plus(pause(failures));' \
    'return now;'
mutate resume-with-the-present-revision plan/InstancePlanner.java \
    'if (instance.template() == situation.app().template()) {' \
    'if (instance.template() > 0) {'
mutate exceed-the-surge plan/ReplicaPlanner.java \
    'var room = wanted + surge - present - stale.size();' \
    'var room = wanted + surge - present;'
mutate replace-all-at-once plan/ReplicaPlanner.java \
    '.limit(Math.max(0, serving() - needed))' \
    '.limit(Math.max(0, serving()))'
mutate remove-a-stray-that-gets-requests plan/Planner.java \
    '|| traffic.withdrawn(stray.instanceId());' \
    '|| stray.instanceId() != 0;'
mutate repeat-the-epoch cluster/Lease.java \
    'set epoch = epoch + 1,' \
    'set epoch = greatest(epoch, 1),'
mutate act-on-the-state-of-another-term apps/Reconciler.java \
    'if (!clusterState.leader().term().equals(term)) {' \
    'if (clusterState.leader().term().epoch() < 0) {'
mutate read-without-a-snapshot store/Database.java \
    '"begin isolation level repeatable read read only"' \
    '"begin"'
exit "$failed"
