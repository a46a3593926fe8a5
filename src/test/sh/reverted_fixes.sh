#!/usr/bin/env bash
# Reverts one fix at a time in a copy of the tree, and runs the planner's simulation, which must
# then fail. If the simulation passes without a fix, it does not prove that the fix is needed. For a
# fix outside the planner, the script runs another test instead of the simulation. The script takes
# about a minute for each fix.
#
#   src/test/sh/reverted_fixes.sh [NUMBER…]    only the fixes with these numbers
set -euo pipefail

top=$(dirname "$(readlink -f "$0")")/../../..
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
failed=0

# revert NUMBER WHAT FILE BEFORE AFTER [TEST]: replaces the text BEFORE in the file by AFTER, and
# runs the test, which is the simulation by default. BEFORE must occur in the file, and the test
# must fail. Restores the file.
revert() {
    local number=$1 what=$2 file=$copy/src/main/java/io/autoserve/$3 test=${6:-PlannerSimulationTest}
    local text
    [[ -z ${wanted[*]-} || " ${wanted[*]} " == *" $number "* ]] || return 0
    text=$(<"$file")
    [[ $text == *"$4"* ]] || { echo "WRONG  $number: $3 does not contain: $4" && failed=1 && return; }
    printf '%s\n' "${text/"$4"/"$5"}" >"$file"
    if mvn -B -o -q -f "$copy" test -Dspotless.check.skip -Dtest="$test" >"$copy/log" 2>&1; then
        echo "WRONG  $number: nothing fails without this fix: $what" && failed=1
    elif grep -q 'AssertionError\|AssertionFailedError' "$copy/log"; then
        echo "ok     $number: $what"
    else
        echo "WRONG  $number: the copy does not compile" && grep ERROR "$copy/log" | head -5 && failed=1
    fi
    printf '%s\n' "$text" >"$file"
}

wanted=("$@")
cp -r "$top"/{src,migrations,nginx,docs,load-tests,pom.xml} "$copy"
sed -i '/-Werror/d; /failOnWarning/d' "$copy/pom.xml" # without a fix, some code is unused

revert 1 "a start is resumed with the revision of its row" plan/InstancePlanner.java \
    'if (instance.template() == situation.app().template()) {' 'if (true) {'
revert 2 "an instance counts as out of the route only after nginx confirmed it" plan/Traffic.java \
    'case Unknown() -> false;' 'case Unknown() -> true;'
revert 3 "apps that nginx may have no room for are refused" store/Capacity.java \
    'if (others + after.reach() > limit) {' 'if (false) {' CapacityIT
revert 4 "a canary gets no more than its ready instances can carry" plan/Shares.java \
    'Math.min(weight, carried)' '(double) weight'
revert 5 "blue/green sends no requests to a revision that cannot carry them" plan/Shares.java \
    'carries(app, due.size(), other.size()) ? other : due' 'other'
revert 6 "of the actions under way, only starts count as starts" plan/ReplicaPlanner.java \
    'situation.starting().stream()' 'situation.busy().stream()'
revert 7 "the leader's clock does not jump" model/SteadyClock.java \
    'at = counted.plus(limited(Duration.between(counted, wall.instant()), passed));' 'at = wall.instant();'
revert 8 "a container without a row stays until no route names it" plan/Planner.java \
    '|| traffic.withdrawn(stray.instanceId())' '|| true'
revert 9 "a new leader's clock begins after all recorded times" model/Instance.java \
    'readySince == null || readySince.isBefore(stateSince) ? stateSince : readySince' 'stateSince'
exit "$failed"
