# shellcheck shell=bash
# Builds AutoServe's images. Each image has a folder, and is rebuilt only if its inputs have changed
# or if its name belongs to another image. Names with `localhost/` exist in no registry. The file
# .autoserve/images/NAME holds the hash of the inputs and the id of the image. With renew=yes, each
# image is built once more, without Docker's cache, so that it gets Debian's newest packages.
#
# The inputs of a release never change, so its version stands for them. A release may contain the
# images, which are then loaded instead of built.

renew='' built_now=''

image_nginx() { image autoserve/nginx nginx; }
image_demo() { image autoserve-demo src/demo; }
image_postgres() { image autoserve/postgres src/main/docker/postgres; }
image_keeper() {
    image_postgres # the keepers give files to the users of this image
    image autoserve/keeper src/main/docker/keeper
}
image_controller() {
    ready_jar
    image_postgres # the build of the controller image runs its rehearsal in this image
    image autoserve/controller src/main/docker/controller "${jar#"$top"/}"
}

# image NAME FOLDER [FILE…]: builds the image localhost/NAME from the folder, which contains the
# Dockerfile, and from the files. Does nothing if this launcher has built it from these inputs.
image() {
    local name=localhost/$1 inputs
    shift
    inputs=$(inputs "$@")
    ! due "$name" "$inputs" || alone build_image "$name" "$inputs" "$@"
    built_now+=" $name "
}

# due NAME INPUTS: returns whether the image must be built.
due() {
    ! is_built "$@" || [[ ${renew-} && $built_now != *" $1 "* ]]
}

build_image() {
    local name=$1 inputs=$2
    due "$name" "$inputs" || return 0 # another launcher built it while this one waited
    if is_shipped "${name##*/}" && [[ ! ${renew-} ]]; then
        step "loading image $name" "image-${name##*/}" docker_load "$@"
    else
        step "building image $name" "image-${name##*/}" docker_build "$@"
    fi
}

# is_shipped NAME: returns whether this release contains the image.
is_shipped() {
    [[ -f $top/images/$1.tar.gz ]]
}

# docker_load NAME INPUTS
docker_load() {
    docker load <"$top/images/${1##*/}.tar.gz" && note_image "$1" "$2" "$(image_id "$1")"
}

# note_image NAME INPUTS ID: records that the image with this id is the one for these inputs.
note_image() {
    local file
    file=$(record_of "$1")
    mkdir -p "${file%/*}" && chmod 700 "${file%/*}" && printf '%s %s\n' "$2" "$3" >"$file.new" && mv "$file.new" "$file"
}

# Records the id of the image that was built. Everyone who can make images can give one the name or
# the labels of this image, but not its id.
docker_build() {
    local name=$1 inputs=$2 record
    record=$(record_of "$name")
    mkdir -p "${record%/*}" && chmod 700 "${record%/*}" && rm -f "$record" || return
    context "${@:3}" | docker build --network host ${renew:+--no-cache} --iidfile "$record.id" --tag "$name" - || return
    note_image "$name" "$inputs" "$(<"$record.id")" && rm "$record.id"
}

# is_built NAME INPUTS: returns whether the image with this name is the one that this launcher built
# from these inputs.
is_built() {
    is_ours "$1" && [[ $(cut -d ' ' -f 1 "$(record_of "$1")") = "$2" ]]
}

# is_ours NAME: returns whether the image with this name is the one that this launcher built last.
is_ours() {
    local id
    id=$(cut -d ' ' -f 2 "$(record_of "$1")" 2>/dev/null) && [[ $id && $(image_id "$1") = "$id" ]]
}

# Prints the file that records the inputs and the id of the image with this name.
record_of() {
    echo "$state/images/${1##*/}"
}

image_id() {
    docker image inspect --format '{{.Id}}' "$1" 2>/dev/null
}

inputs() {
    [[ ! ${version-} ]] || { echo "release-$version" && return; }
    { docker image inspect --format '{{.Id}}' "$(parent "$1")" && context "$@"; } | sha256sum | cut -d ' ' -f 1
}

# Prints the image that the Dockerfile in this folder builds on, in its last stage. An image that
# begins with nothing was compiled in the base image.
parent() {
    local image
    image=$(sed -n 's/^FROM \([^ ]*\).*/\1/p' "$top/$1/Dockerfile" | tail -n 1)
    if [[ $image == scratch ]]; then echo "$base"; else echo "$image"; fi
}

# Prints the build context, a tar archive. The bytes of the archive do not depend on the files'
# owners or times, because the hash of the archive shows whether a build is needed.
context() {
    local file arguments=(-C "$top/$1" .)
    for file in "${@:2}"; do arguments+=(-C "$top/$(dirname "$file")" "$(basename "$file")"); done
    tar --create --sort=name --mtime=@0 --owner=0 --group=0 --mode=u=rwX,go=rX "${arguments[@]}"
}
