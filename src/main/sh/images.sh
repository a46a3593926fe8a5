# shellcheck shell=bash
# Builds AutoServe's images. Each image has a folder, and is rebuilt only if its inputs have
# changed. With renew=yes, each image is built once more, without Docker's cache, so that it gets
# Debian's newest packages.

renew='' built_now=''

image_nginx() { image nginx nginx; }
image_demo() { image demo src/demo; }
image_postgres() { image postgres src/main/docker/postgres; }
image_controller() {
    ready_jar
    image_postgres # the build of the controller image runs its rehearsal in this image
    image controller src/main/docker/controller target/autoserve.jar
}

# image NAME FOLDER [FILE…]: builds the image autoserve/NAME from the folder, which contains the
# Dockerfile, and from the files. Does nothing if the image already has these inputs.
image() {
    local name=autoserve/$1 inputs
    shift
    inputs=$(inputs "$@")
    ! due "$name" "$inputs" || alone build_image "$name" "$inputs" "$@"
    built_now+=" $name "
}

# due NAME INPUTS: returns whether the image must be built.
due() {
    [[ ${renew-} && $built_now != *" $1 "* || $(label "$1") != "$2" ]]
}

build_image() {
    local name=$1 inputs=$2
    due "$name" "$inputs" || return 0 # another launcher built it while this one waited
    step "building image $name" "image-${name#*/}" docker_build "$@"
}

docker_build() {
    local name=$1 inputs=$2
    context "${@:3}" | docker build --network host ${renew:+--no-cache} --label "autoserve.inputs=$inputs" --tag "$name" -
}

inputs() {
    { docker image inspect --format '{{.Id}}' "$base" && context "$@"; } | sha256sum | cut -d ' ' -f 1
}

label() {
    docker image inspect --format '{{index .Config.Labels "autoserve.inputs"}}' "$1" 2>/dev/null
}

# Prints the build context, a tar archive. The bytes of the archive do not depend on the files'
# owners or times, because the hash of the archive shows whether a build is needed.
context() {
    local file arguments=(-C "$top/$1" .)
    for file in "${@:2}"; do arguments+=(-C "$top/$(dirname "$file")" "$(basename "$file")"); done
    tar --create --sort=name --mtime=@0 --owner=0 --group=0 --mode=u=rwX,go=rX "${arguments[@]}"
}
