# shellcheck shell=bash
# Prints the launcher's messages. They go to stderr, so that stdout has only the output of commands.
# Each slow step gets one line.

bold='' red='' plain=''
if [[ -t 2 && -z ${NO_COLOR-} ]]; then
    bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'
fi

# step TITLE LOG COMMAND…: runs the command and writes its output to .autoserve/log/LOG.log. Shows
# the end of the log if the command fails.
step() {
    local title=$1 log=$state/log/$2.log since=$SECONDS status=0
    shift 2
    mkdir -p "$state/log"
    printf '%s•%s %s … ' "$bold" "$plain" "$title" >&2
    ("$@") >"$log" 2>&1 </dev/null 9>&- || status=$? # 9 is the lock, which the command must not keep
    if ((status == 0)); then
        printf '%d s\n' $((SECONDS - since)) >&2
    else
        printf '%sfailed%s after %d s. The end of %s:\n' "$red" "$plain" $((SECONDS - since)) "$log" >&2
        tail -n 20 "$log" | sed 's/^/    /' >&2
    fi
    return "$status"
}

# die LINE…: prints the error and, on further lines, what the user can do about it. Then exits.
die() {
    printf '%sautoserve:%s %s\n' "$red" "$plain" "$1" >&2
    shift
    (($# == 0)) || printf '    %s\n' "$@" >&2
    exit 1
}

# alone COMMAND…: waits until no other launcher works on this tree, then runs the command. Prints
# what it waits for.
alone() {
    mkdir -p "$state"
    (
        ! command -v flock >/dev/null || flock --nonblock 9 || {
            printf 'Waiting until another launcher has built what this tree needs (it holds %s) …\n' "$state/lock" >&2
            flock 9
        }
        "$@"
    ) 9>"$state/lock"
}
