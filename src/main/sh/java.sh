# shellcheck shell=bash
# Finds Java, and builds the jars and the AOT cache of the client. If all are present, this takes a
# few milliseconds. A release needs no compiler, so Java's runtime is enough there.

brief=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData) # best for a process that ends within half a second

# run ARGUMENT…: replaces this process by the Java program, which is built first if needed.
run() {
    case " $* " in
        *" --stop "*) ready_some_jar ;;
        *) ready_jar ;;
    esac
    case ${1-} in
        controller | dev) [[ ! -f $jar ]] || exec "$jdk/bin/java" -jar "$jar" "$@" ;; # run long, so the better collector and compiler pay off
        doctor) [[ ! -f $jar ]] || exec "$jdk/bin/java" "${brief[@]}" -jar "$jar" "$@" ;;
    esac
    [[ -f $client ]] || exec "$jdk/bin/java" "${brief[@]}" -jar "$jar" "$@"
    trained || ! may_train || alone train
    # A missing or stale cache only makes Java slower, so Java should not report it.
    exec "$jdk/bin/java" -XX:AOTCache="$cache" '-Xlog:aot*=off,cds*=off' "${brief[@]}" -jar "$client" "$@"
}

ready_jar() {
    ready_jdk
    fresh && return
    ready_maven
    alone build
}

# Builds the jar only if there is none. Stopping must not wait for a build, and must work even if
# the sources do not compile.
ready_some_jar() {
    ready_jdk
    [[ -f $jar ]] || ready_jar
}

ready_jdk() {
    find_jdk && return
    local where='https://adoptium.net/temurin/releases/?version=25'
    if [[ ${version-} ]]; then
        need "Java 25 or newer" "$where" openjdk-25-jre-headless
    else
        need "a JDK 25 or newer" "$where" openjdk-25-jdk-headless
    fi
    find_jdk
}

# find_jdk: sets `jdk` to the first JDK that is new enough.
find_jdk() {
    local program=javac
    [[ ! ${version-} ]] || program=java
    while IFS= read -r jdk; do
        [[ ! -x $jdk/bin/$program ]] || (($(java_version "$jdk") < 25)) || return 0
    done < <(java_homes)
    return 1
}

java_homes() {
    local java
    echo "${JAVA_HOME-}"
    java=$(command -v java) && dirname "$(dirname "$(readlink -f "$java")")"
    printf '%s\n' /usr/lib/jvm/* ~/.sdkman/candidates/java/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*
}

# Reads the version from a file that every JDK has, since `java -version` takes 40 ms.
java_version() {
    local line
    while IFS= read -r line; do
        [[ $line =~ ^JAVA_VERSION=\"([0-9]+) ]] && echo "${BASH_REMATCH[1]}" && return
    done <"$1/release"
    echo 0
} 2>/dev/null

ready_maven() {
    command -v mvn >/dev/null || need "Maven 3.8 or newer" https://maven.apache.org/install.html maven
}

maven() {
    (cd "$top" && JAVA_HOME=$jdk mvn -B "$@")
}

# Returns whether the jar is newer than all sources. The jar of a release has no sources.
fresh() {
    [[ ! ${version-} ]] || return 0
    local source sources=()
    for source in "$top"/{pom.xml,src/main/java,src/main/resources,migrations,nginx/engine/seccomp.json}; do
        [[ ! -e $source ]] || sources+=("$source")
    done
    [[ -f $jar && -z $(find "${sources[@]}" -newer "$jar" -print -quit) ]]
}

build() {
    ! fresh || return 0 # another launcher built it while this one waited
    touch "$state/build-started"
    rm -f "$jar" "$client" # running programs keep a deleted file open; overwriting it would break them
    trap 'rm -f "$jar" "$client"' EXIT # a build that fails or is interrupted may leave a jar without libraries
    step "building target/autoserve.jar" build maven -q -Dmaven.test.skip -Dspotless.check.skip package || return
    trap - EXIT
    touch -r "$state/build-started" "$jar" # so that files edited meanwhile are newer than the jar
}

trained() {
    [[ $cache -nt $client ]]
}

# Returns whether this user may create the cache. Other users run commands without it: the user of a
# service may have no folder, and the files in a checkout may belong to root after a `sudo`.
may_train() {
    mkdir -p "$state" 2>/dev/null && [[ -O $state || $EUID == 0 ]]
}

# Records the classes that a few commands load and link. All later commands map this record into
# memory (JEP 483 and 514).
train() {
    trained || step "creating the AOT cache" train record
}

record() {
    local certificate=()
    ! rehearsal_certificate || certificate=("$state"/rehearsal.{p12,crt})
    "$jdk/bin/java" "${brief[@]}" -XX:AOTCacheOutput="$cache.new" -cp "$client" io.autoserve.cli.Rehearsal "${certificate[@]}" || true
    rm -f "$state"/rehearsal.{key,crt,p12}
    # If Java cannot create a cache, this empty file prevents new attempts. Java ignores it.
    touch "$cache.new"
    mv "$cache.new" "$cache"
    # The caches of earlier releases are of no more use.
    [[ ! ${version-} ]] || find "$state" -maxdepth 1 -name 'autoserve-*.aot' ! -name "${cache##*/}" -delete
}

# Makes a certificate of this machine, so that the record covers TLS. Without OpenSSL it does not.
rehearsal_certificate() (
    umask 077
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=rehearsal \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$state/rehearsal.key" -out "$state/rehearsal.crt" &&
        openssl pkcs12 -export -inkey "$state/rehearsal.key" -in "$state/rehearsal.crt" -passout pass:rehearsal -out "$state/rehearsal.p12"
)
