#!/usr/bin/env bash
# More writes than the platform can do: what it cannot do it must refuse at once, and what it accepts it must do. The
# platform must run: ./autoserve platform up. Cold, just started, it can do least.
#
#   load-tests/overload.sh [SECONDS] [WRITES-PER-SECOND]
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"

"$java" "$top/load-tests/Overload.java" "$api" "${1:-20}" "${2:-200}"
