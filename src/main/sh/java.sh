# shellcheck shell=bash
# Java: the JDK, the jar and its AOT cache. On a built tree this costs a few milliseconds.

jar=$top/target/autoserve.jar
cache=$top/target/autoserve.aot
brief=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC) # what suits a process that is over in half a second

# run ARGUMENT…: becomes the Java program, built if need be.
run() {
    case " $* " in
        *" --stop "*) ready_some_jar ;;
        *) ready_jar ;;
    esac
    trained || alone train

    # A cache that is gone or stale only makes Java slower; nobody needs to hear of it.
    local options=(-XX:AOTCache="$cache" '-Xlog:aot*=off,cds*=off')
    case ${1-} in
        controller | dev) ;; # these live long and earn the better collector and compiler
        *) options+=("${brief[@]}") ;;
    esac
    exec "$jdk/bin/java" "${options[@]}" -jar "$jar" "$@"
}

ready_jar() {
    ready_jdk
    fresh && return
    ready_maven
    alone build
}

# Stopping must not wait for a build, nor depend on sources that compile.
ready_some_jar() {
    ready_jdk
    [[ -f $jar ]] || ready_jar
}

ready_jdk() {
    find_jdk && return
    need "a JDK 25 or newer" https://adoptium.net/temurin/releases/?version=25 openjdk-25-jdk-headless
    find_jdk
}

# find_jdk: sets `jdk` to the first JDK that is new enough.
find_jdk() {
    while IFS= read -r jdk; do
        [[ ! -x $jdk/bin/javac ]] || (($(java_version "$jdk") < 25)) || return 0
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

# From the file that every JDK has, since asking java itself takes 40 ms.
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

fresh() {
    local source sources=()
    for source in "$top"/{pom.xml,src/main/java,src/main/resources,migrations}; do
        [[ ! -e $source ]] || sources+=("$source")
    done
    [[ -f $jar && -z $(find "${sources[@]}" -newer "$jar" -print -quit) ]]
}

build() {
    ! fresh || return 0 # another launcher built it while this one waited
    touch "$state/build-started"
    rm -f "$jar" # whoever runs from it keeps what it has opened; written over, it would be torn from under them
    step "building target/autoserve.jar" build maven -q -Dmaven.test.skip -Dspotless.check.skip package
    touch -r "$state/build-started" "$jar" # what was edited meanwhile is newer
}

trained() {
    [[ $cache -nt $jar ]]
}

# One run whose loaded and linked classes all later runs map into memory (JEP 483 and 514).
train() {
    trained || step "creating the AOT cache" train record
}

record() {
    "$jdk/bin/java" "${brief[@]}" -XX:AOTCacheOutput="$cache.new" -jar "$jar" list || true # nobody may be there to ask
    touch "$cache.new" # Java ignores an empty one, so that a JVM that cannot do this is asked only once
    mv "$cache.new" "$cache"
}
