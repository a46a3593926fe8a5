#!/usr/bin/env bash
# Runs the real control plane with modelled databases, Docker, nginx, users and operators, in
# simulated time and with seeded faults. Fails at the first seed that breaks an invariant, and prints
# the shortest schedule of faults for which this happens. Prints which faults, actions, events and
# transitions have occurred. Runs one process for each processor. Needs no Docker and no database.
#   load-tests/simulate.sh [HOURS]      simulated hours, 10 by default
#
# FIRST (1000): the first seed. A seed simulates ten minutes
# To repeat a run with its log:
#   mvn -q test -Dtest=SimulationTest#replays_a_run_with_its_log -Dsimulation.seed=SEED
set -euo pipefail
cd "$(dirname "$0")/.."

hours=${1:-10}
began=$SECONDS
mvn -B -q test -Dtest='SimulationTest#keeps_its_promises_for_hours' \
    -Dsimulation.hours="$hours" -Dsimulation.first="${FIRST:-1000}"
echo "$hours simulated hours in $((SECONDS - began)) s: no invariant was broken"
