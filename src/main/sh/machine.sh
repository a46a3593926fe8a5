# shellcheck shell=bash
# Prepares the machine: starts Docker, and provides the base image. If Docker runs and has the
# image, this takes two calls to Docker.

base=debian:trixie-slim

# ready_machine IMAGE…: makes sure that Docker runs and that the base image and these images of
# AutoServe exist.
ready_machine() {
    engine_answers || alone ready_engine
    needs_no_base "$@" || { has_image "$base" && [[ ! ${renew-} ]]; } || alone ready_base
    local name
    for name in "$@"; do "image_$name"; done
}

# Returns whether all images are loaded from the release instead of built on the base image.
needs_no_base() {
    local name
    [[ ! ${renew-} ]] || return
    for name in "$@"; do is_shipped "$name" || return; done
}

engine_answers() {
    timeout 30 docker version
} >/dev/null 2>&1

has_image() {
    docker image inspect "$1"
} >/dev/null 2>&1

ready_engine() {
    ! engine_answers || return 0
    if ! is_root || [[ -n ${DOCKER_HOST-} ]]; then die_without_engine; fi
    # The client alone is not enough. Debian has separate packages for client and engine since
    # trixie.
    has_engine || need "the Docker Engine" https://docs.docker.com/engine/install/ docker.io iptables
    command -v docker >/dev/null || need "Docker's client" https://docs.docker.com/engine/install/ docker-cli
    step "starting Docker" dockerd start_engine || die "Docker did not start."
}

has_engine() {
    PATH=$PATH:/usr/sbin command -v dockerd
} >/dev/null

die_without_engine() {
    if [[ -n ${DOCKER_HOST-} ]]; then
        die "Docker does not answer at DOCKER_HOST=$DOCKER_HOST."
    elif [[ -S /var/run/docker.sock && ! -w /var/run/docker.sock ]]; then
        die "Docker is running, but $(id -un) is not permitted to use it. Run:" \
            "sudo usermod -aG docker $(id -un)    # then log in again"
    elif has_engine; then
        die "Docker is installed but not running. Run:" "sudo systemctl start docker"
    else
        need "the Docker Engine 20.10 or newer" https://docs.docker.com/engine/install/ docker.io iptables
    fi
}

start_engine() {
    case $(</proc/1/comm) in
        systemd | init)
            { systemctl start docker || service docker start; } && await_engine && return
            ;;
    esac
    forget_unless dockerd /var/run/docker.pid
    forget_unless containerd /var/run/docker/containerd/containerd.pid
    if [[ -f /var/run/docker.pid ]]; then
        await_engine # Docker is already starting
    else
        PATH=$PATH:/usr/sbin:/sbin setsid dockerd &
        await_engine $!
    fi
}

# Removes a pid file that a killed process left. Its pid may belong to no process, to a zombie
# (whose command line is empty) or to another program. dockerd would trust the file in all three
# cases.
forget_unless() {
    local name=$1 file=$2
    [[ ! -f $file ]] || grep -qs "$name" "/proc/$(<"$file")/cmdline" || rm -v "$file"
}

# await_engine [PID]: waits until Docker answers, but not longer than the process PID runs. Waits
# for up to a minute, because Docker may first have to restore many containers.
await_engine() {
    local try
    for ((try = 0; try < 240; try++)); do
        ! engine_answers || return 0
        [[ -z ${1-} ]] || kill -0 "$1" 2>/dev/null || return 1
        sleep 0.25
    done
    return 1
}

ready_base() {
    has_image "$base" && [[ ! ${renew-} ]] ||
        step "fetching the base image $base" base fetch_base || die "The base image $base could not be pulled or built."
}

# Pulls the base image. If the launcher is permitted to install packages, it waits only 8 s for the
# registry, and then builds the image from Debian's packages.
fetch_base() {
    local patience=300
    ! may_install || patience=8
    timeout "$patience" docker pull "$base" || { may_install && make_base; }
}

make_base() {
    local tar=$state/base.tar
    command -v mmdebstrap || apt_install mmdebstrap debian-archive-keyring || return
    mmdebstrap --variant=minbase --include=ca-certificates \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        trixie "$tar" &&
        docker import --change 'CMD ["bash"]' "$tar" "$base" &&
        rm "$tar"
}

# The tests of the dashboard need Chromium.
ready_chromium() {
    [[ -x /usr/bin/chromium ]] || need "Chromium at /usr/bin/chromium" https://www.chromium.org/getting-involved/download-chromium/ chromium
}

# The tests check the alert rules with promtool. The launcher only unpacks promtool from Debian's
# package, because installing the package would start Prometheus.
ready_promtool() {
    export PATH=$PATH:$state/promtool/usr/bin
    ! command -v promtool >/dev/null || return 0
    may_install && step "fetching promtool" promtool fetch_promtool && return
    die "AutoServe's tests need promtool in the PATH. Install it from https://prometheus.io/download/"
}

fetch_promtool() (
    mkdir -p "$state/promtool" && cd "$state/promtool" || return
    apt-get update -q || true # fails even if only an unneeded package source is broken
    apt-get download -q prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb
)

# The tests check the model of the leadership protocol with spin, which generates a C program.
ready_spin() {
    { command -v spin && command -v cc; } >/dev/null || need "spin and a C compiler" https://spinroot.com spin gcc libc6-dev
}

# need WHAT WHERE PACKAGE…: installs the packages with apt if permitted. Otherwise, or if that
# fails, it prints what to run.
need() {
    local what=$1 where=$2
    shift 2
    may_install && step "installing $*" install apt_install "$@" && return
    if command -v apt-get >/dev/null; then
        die "AutoServe needs $what. Run:" "sudo apt-get install $*" "or see $where"
    else
        die "AutoServe needs $what. See $where"
    fi
}

may_install() {
    is_root && command -v apt-get >/dev/null
}

is_root() {
    (($(id -u) == 0))
}

apt_install() {
    apt-get update -q || true # fails even if only an unneeded package source is broken
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
}
