#!/usr/bin/env bash
# Checks that the simulation finds errors: breaks the code in one place after the other, each in a
# copy of the last commit, and requires that the simulation fails each time.
#   load-tests/mutations.sh [NAME…]      all files of load-tests/mutations by default
#
# A file names a source, a text that occurs once in it, and the text that replaces it.
# SEEDS (200): number of runs of ten simulated minutes for each of them
set -euo pipefail
cd "$(dirname "$0")/.."

top=$PWD
work=$(mktemp -d)
trap 'git worktree remove --force "$work/copy" 2>/dev/null || true; rm -rf "$work"' EXIT
git worktree add -q --detach "$work/copy" HEAD
hours=$(((${SEEDS:-200} + 5) / 6)) # six runs simulate an hour
missed=0

# mutate FILE: applies a mutation to the sources in the working directory
mutate() {
    MUTATION=$1 perl -0 -e '
        open(my $in, "<", $ENV{MUTATION}) or die; my $text = <$in>;
        my ($source, $before, $after) = $text =~ /\A(.*?)\n<<<<\n(.*?)\n====\n(.*?)\n?>>>>\n\z/s or die "not a mutation";
        open(my $code, "<", $source) or die "$source: $!"; my $whole = <$code>;
        my $count = () = $whole =~ /\Q$before\E/g;
        die "$source has the text $count times instead of once\n" if $count != 1;
        $whole =~ s/\Q$before\E/$after/;
        open(my $out, ">", $source) or die; print $out $whole;'
}

names=("$@")
if [ ${#names[@]} = 0 ]; then
    for file in load-tests/mutations/*.txt; do
        names+=("$(basename "$file" .txt)")
    done
fi
for name in "${names[@]}"; do
    (cd "$work/copy" && git checkout -q . && mutate "$top/load-tests/mutations/$name.txt")
    (cd "$work/copy" && mvn -B -q test-compile) || {
        echo "$name: does not compile"
        missed=$((missed + 1))
        continue
    }
    if (cd "$work/copy" && mvn -B -q test -Dtest='SimulationTest#keeps_its_promises_for_hours' \
        -Dsimulation.hours="$hours" >"$work/$name.log" 2>&1); then
        echo "$name: MISSED"
        missed=$((missed + 1))
    else
        echo "$name: found, $(grep -o 'seed [0-9]*: .*' "$work/$name.log" | head -1)"
    fi
done
[ "$missed" = 0 ]
