#!/usr/bin/env bash
# Measures what one change costs the leader with 100, 1,000 and 10,000 instances in 10, 100 and 1,000
# apps, and with one app of 2,000 instances: in the view and its digest, in the route table, in reads
# of all rows, in samples and in decisions of the autoscaler. Then loads a week of samples of 1,000
# instances, and forgets them. Fails if a cost is at least twice that with 100 instances, or if a
# statement on the week of samples takes a second or more. The database is a real PostgreSQL, and no
# container is started. Needs 4 GB in /tmp.
#
#   load-tests/grow.sh [DAYS]      days of samples, 7 by default
set -euo pipefail

cd "$(dirname "$(dirname "$(readlink -f "$0")")")"
# shellcheck source=load-tests/api.sh
source load-tests/api.sh
JAVA_HOME=$(java_home)
export JAVA_HOME
mvn -q test-compile org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=target/classpath
exec "$JAVA_HOME/bin/java" -Xmx400m -cp "target/test-classes:target/classes:$(<target/classpath)" io.autoserve.events.Growth "$@"
