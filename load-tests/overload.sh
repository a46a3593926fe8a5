#!/usr/bin/env bash
# Sends more writes than the platform can do. The platform must refuse the excess at once, and must
# do every write that it accepts. The platform must run: ./autoserve platform up. Run the test right
# after that, because a platform that has just started can do the fewest writes.
#
#   load-tests/overload.sh [SECONDS] [WRITES-PER-SECOND]
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"

"$java" "$top/load-tests/Overload.java" "$api" "${1:-20}" "${2:-200}"
