#!/usr/bin/env bash
# Measures how many requests per second one controller's API answers for GET /api/v1/apps/{name},
# over 16 kept-alive connections. Measures a hello-world route of Vert.x in the same process and
# run. Fails if the API reaches less than 60 % of the rate of hello-world, or less than 20,000
# requests/s. Prints the p99 of both. The script starts everything that it needs. JAVA_OPTIONS are
# passed to Java.
set -euo pipefail

cd "$(dirname "$(dirname "$(readlink -f "$0")")")"
# shellcheck source=load-tests/api.sh
source load-tests/api.sh
JAVA_HOME=$(java_home)
export JAVA_HOME
mvn -q test-compile org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=target/classpath
# shellcheck disable=SC2086
exec "$JAVA_HOME/bin/java" ${JAVA_OPTIONS-} -cp "target/test-classes:target/classes:$(<target/classpath)" io.autoserve.api.StatusLoad
