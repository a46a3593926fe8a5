#!/usr/bin/env bash
# GET /api/v1/apps/{name} by 16 connections kept alive, on one controller's API, beside a hello-world route of Vert.x in the
# same process and run. Bars: 60 % of its rate, 20,000/s: fails below. Prints the p99 of both. Brings what it needs; JAVA_OPTIONS are given to Java.
set -euo pipefail

cd "$(dirname "$(dirname "$(readlink -f "$0")")")"
# shellcheck source=load-tests/api.sh
source load-tests/api.sh
JAVA_HOME=$(java_home)
export JAVA_HOME
mvn -q test-compile org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath -Dmdep.outputFile=target/classpath
# shellcheck disable=SC2086
exec "$JAVA_HOME/bin/java" ${JAVA_OPTIONS-} -cp "target/test-classes:target/classes:$(<target/classpath)" io.autoserve.api.StatusLoad
