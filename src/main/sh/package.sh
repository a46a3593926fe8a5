# shellcheck shell=bash
# Makes a release in target/release: an archive that `platform up` works from, Debian packages of the
# server and of the client, the lists of what they contain, and the checksums of all.

package_help() {
    cat <<'HELP'
Makes a release in target/release: an archive, Debian packages, the bill of materials, checksums.

Usage
  autoserve package [--images]         --images puts the images of the platform into the archive, so that a server
                                       needs no package source; the default is to build them on the server

The version comes from the tag of the commit, such as v1.2.3.
HELP
}

shipped_images=(nginx postgres keeper controller)
java_package='openjdk-25-jre-headless | java25-runtime-headless'

# What the archive has of the repository. The jar and the lists come on top.
release_files=(autoserve docker-compose.yml nginx src/main/sh src/main/docker src/demo src/main/resources/examples
    docs LICENSE README.md CHANGELOG.md)

package() {
    case "$*" in
        '' | --images) ;;
        *--help | -h) package_help && return ;;
        *) die "unknown option '$*'" "./autoserve package --help" ;;
    esac
    refuse_in_release package
    command -v git >/dev/null || need "git" https://git-scm.com git
    command -v dpkg-deb >/dev/null || need "dpkg-deb" https://wiki.debian.org/dpkg dpkg
    ready_jdk
    ready_maven
    local number
    number=$(release_version)
    alone step "building version $number" package build_release "$number" || exit
    [[ ${1-} != --images ]] || ready_machine "${shipped_images[@]}"
    step "packing version $number" package pack "$number" "${1-}" || exit
    (cd "$top/target/release" && ls -l -- *)
}

# Prints the version: that of the newest tag, and if the tree differs from it, the number of commits
# and the commit. Without a tag, the commit follows the version of pom.xml, and sorts before it.
release_version() {
    local described
    described=$(git -C "$top" describe --tags --match 'v[0-9]*' --long --dirty=.dirty 2>/dev/null) || described=''
    if [[ $described =~ ^v(.+)-([0-9]+)-g([0-9a-f]+)(\.dirty)?$ ]]; then
        local tag=${BASH_REMATCH[1]//-/\~} commits=${BASH_REMATCH[2]} commit=${BASH_REMATCH[3]} dirty=${BASH_REMATCH[4]}
        if [[ $commits$dirty == 0 ]]; then echo "$tag"; else echo "$tag+$commits.g$commit$dirty"; fi
    else
        echo "$(sed -n 's|^  <version>\(.*\)</version>|\1|p' "$top/pom.xml" | head -n 1)~g$(git -C "$top" describe --always --dirty=.dirty)"
    fi
}

# Builds the jar with this version, and target/bom.json, the list of the libraries in it (CycloneDX).
build_release() {
    touch "$state/build-started" && rm -f "$jar" "$client"
    maven -q -Dmaven.test.skip -Dspotless.check.skip -Dautoserve.version="$1" \
        package org.cyclonedx:cyclonedx-maven-plugin:makeBom && touch -r "$state/build-started" "$jar" && return
    rm -f "$jar" "$client" # a build that fails may leave a jar without libraries
    return 1
}

# pack VERSION [--images]
pack() {
    local number=$1 out=$top/target/release work=$top/target/release-work tree
    tree=$work/autoserve-$number
    # The packages of one commit are the same on every machine.
    SOURCE_DATE_EPOCH=$(git -C "$top" log -1 --format=%ct) && export SOURCE_DATE_EPOCH || return
    rm -rf "$out" "$work" && mkdir -p "$out" "$tree" &&
        release_tree "$number" "$tree" &&
        server_package "$number" "$tree" "$work/server" "$out" &&
        client_package "$number" "$tree" "$work/client" "$out" &&
        { [[ ! ${2-} ]] || save_images "$tree/images"; } &&
        archive "$work" "autoserve-$number" >"$out/autoserve-$number.tar.gz" &&
        cp "$top/target/bom.json" "$out/autoserve-$number.cdx.json" &&
        portable_names "$out" &&
        (cd "$out" && sha256sum -- * >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS) &&
        rm -rf "$work"
}

# portable_names FOLDER: replaces each ~ in the names of the files. GitHub would replace it by a dot, so
# the names in SHA256SUMS would be wrong.
portable_names() {
    local file
    for file in "$1"/*~*; do
        [[ ! -e $file ]] || mv "$file" "$1/$(tr '~' - <<<"${file##*/}")" || return
    done
}

# release_tree VERSION FOLDER: fills the folder with the files of the archive.
release_tree() {
    (cd "$top" && git ls-files -z -- "${release_files[@]}" | tar --create --null --files-from -) | tar --extract --directory "$2" &&
        mkdir "$2/lib" && cp "$jar" "$client" "$2/lib/" && cp "$top/target/bom.json" "$2/" &&
        printf '%s\n\n' "$1" >"$2/RELEASE"
}

# archive FOLDER NAME: prints the archive of the folder NAME.
archive() {
    tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
        --directory "$1" "$2" | gzip --no-name
}

# Saves the images, and lists the packages in each.
save_images() {
    local image
    mkdir "$1"
    for image in "${shipped_images[@]}"; do
        docker save "localhost/autoserve/$image:latest" | gzip --no-name >"$1/$image.tar.gz" &&
            docker run --rm --network none --entrypoint dpkg-query "localhost/autoserve/$image" --show >"$1/$image.packages" || return
    done
}

# server_package VERSION TREE ROOT OUT
server_package() {
    local lib=$3/usr/lib/autoserve
    mkdir -p "$lib" "$3/var/lib/autoserve" && cp -a "$2/." "$lib" && rm -rf "$lib/docs" &&
        printf '%s\n%s\n' "$1" /var/lib/autoserve >"$lib/RELEASE" &&
        debian_package "$3" "$4" <<CONTROL
Package: autoserve
Version: $1
Architecture: all
Maintainer: The AutoServe authors
Section: admin
Priority: optional
Depends: $java_package, openssl
Recommends: docker.io | docker-ce | docker-engine, docker-compose | docker-compose-v2 | docker-compose-plugin
Conflicts: autoserve-client
Replaces: autoserve-client
Description: container platform for one to twenty machines
 Runs web applications as containers behind nginx and keeps them serving, with
 three controllers and a replicated PostgreSQL. Start it by 'autoserve platform up'.
CONTROL
}

# client_package VERSION TREE ROOT OUT: the command line alone, for a laptop.
client_package() {
    local lib=$3/usr/lib/autoserve
    mkdir -p "$lib/src/main" "$lib/lib" "$3/var/lib/autoserve" && cp -a "$2"/{autoserve,LICENSE} "$lib" && cp -a "$2/lib/${client##*/}" "$lib/lib" && cp -a "$2/src/main/sh" "$lib/src/main" &&
        printf '%s\n%s\n' "$1" /var/lib/autoserve >"$lib/RELEASE" &&
        debian_package "$3" "$4" <<CONTROL
Package: autoserve-client
Version: $1
Architecture: all
Maintainer: The AutoServe authors
Section: admin
Priority: optional
Depends: $java_package
Conflicts: autoserve
Replaces: autoserve
Description: command line of the container platform AutoServe
 Deploys and inspects apps of an AutoServe platform on another machine. Start
 with 'autoserve login URL'.
CONTROL
}

# debian_package ROOT OUT: adds what both packages have, and builds the package. Reads its control
# file from stdin.
debian_package() {
    local share=$1/usr/share
    mkdir -p "$1"/{DEBIAN,usr/bin} "$share"/{doc/autoserve,man/man1,bash-completion/completions} &&
        cat >"$1/DEBIAN/control" &&
        maintainer_scripts "$1/DEBIAN" &&
        ln -s ../lib/autoserve/autoserve "$1/usr/bin/autoserve" &&
        cp "$top/LICENSE" "$share/doc/autoserve/copyright" &&
        "$jdk/bin/java" "${brief[@]}" -jar "$client" completion bash >"$share/bash-completion/completions/autoserve" &&
        "$jdk/bin/java" "${brief[@]}" -jar "$client" man "$share/man" &&
        find "$share/man" -name '*.1' -exec gzip --no-name --best {} + &&
        chmod -R u=rwX,go=rX "$1" &&
        find "$1" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} + && # dpkg-deb keeps earlier times
        dpkg-deb --root-owner-group -Zxz --build "$1" "$2" # the default differs between Debian and Ubuntu
}

# The installation records the classes that commands load, so that already the first command is fast.
maintainer_scripts() {
    printf '%s\n' '#!/bin/sh' 'set -e' '[ "$1" != configure ] || autoserve --version >/dev/null 2>&1 || true' >"$1/postinst" &&
        printf '%s\n' '#!/bin/sh' 'set -e' 'rm -f /var/lib/autoserve/.autoserve/autoserve-*.aot' >"$1/postrm" &&
        chmod 755 "$1/postinst" "$1/postrm"
}
