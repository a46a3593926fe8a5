# shellcheck shell=bash
# Finds out whether this launcher belongs to a release, and where its data are. A release has a file
# RELEASE, which `autoserve package` wrote: the version, and on the second line the folder for the
# data of an installed package. A release contains the jars, so the launcher never builds them there.
# `client` is the jar of the commands that call a controller; it is part of every release. `jar` has
# all libraries; the package of the client lacks it.

version='' installed='' home=$top
jar=$top/target/autoserve.jar client=$top/target/autoserve-client.jar cache=$top/target/autoserve.aot

# The folder with the data of a release: AUTOSERVE_DATA, or the folder of the package or the archive,
# or a folder of the user if the user may not write there, as with the client.
release_home() {
    local folder=${1:-$top}
    if [[ ${AUTOSERVE_DATA-} == /* ]]; then
        echo "$AUTOSERVE_DATA"
    elif [[ ${AUTOSERVE_DATA-} ]]; then
        echo "$PWD/$AUTOSERVE_DATA" # Docker takes a relative path for the name of a volume
    elif [[ -w $folder ]]; then
        echo "$folder"
    else
        echo "${XDG_STATE_HOME:-${HOME-}/.local/state}/autoserve"
    fi
}

if [[ -f $top/RELEASE ]]; then
    { read -r version && { read -r installed || installed=''; }; } <"$top/RELEASE"
    home=$(release_home "$installed")
    jar=$top/lib/autoserve.jar client=$top/lib/autoserve-client.jar
    # The folder of the jar may be read-only. All users share the cache that a package's installation made.
    cache=$home/.autoserve/autoserve-$version.aot
    shared=$installed/.autoserve/${cache##*/}
    [[ ! $installed || ! -r $shared || ! $shared -nt $client ]] || cache=$shared
fi
state=$home/.autoserve
export AUTOSERVE_HOME=$home

# require_data COMMAND…: ends the launcher if this user may not write the data of the installed package.
# Data in a folder of the user would be those of another platform.
require_data() {
    [[ ! $installed || $home == "$installed" || ${AUTOSERVE_DATA-} ]] ||
        die "The platform's data are in $installed, where $(id -un) may not write. Run:" "sudo autoserve $*"
}

# refuse_in_release COMMAND: ends the launcher if it belongs to a release.
refuse_in_release() {
    [[ ! $version ]] || die "'$1' needs AutoServe's repository, and this is release $version."
}

# require_server: ends the launcher if it belongs to the client, which has no platform to run.
require_server() {
    [[ ! $version || -f $top/docker-compose.yml ]] ||
        die "This is AutoServe's client, which runs no platform. Install the package autoserve on the server," \
            "or use a platform on another machine: autoserve login URL"
}
