# shellcheck shell=bash
# Asks containers whether they work. Docker itself runs most health checks only once a minute, so its
# last result may be that old.

runs() {
    [[ $(docker inspect --format '{{.State.Running}}' "$1" 2>/dev/null) == true ]]
}

# passes CONTAINER: returns whether its health check passes now. A container without one passes if it
# runs.
passes() {
    local check
    mapfile -t check < <(docker inspect --format '{{with .Config.Healthcheck}}{{join .Test "\n"}}{{end}}' "$1")
    case ${check[0]-} in
        '' | NONE) runs "$1" ;;
        CMD-SHELL) timeout 60 docker exec "$1" sh -c "${check[1]}" ;;
        *) timeout 60 docker exec "$1" "${check[@]:1}" ;; # the first word is CMD
    esac
}
