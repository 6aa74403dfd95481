#!/bin/sh
# Writes a complete nginx configuration for a machine without Docker, from the same variables as the API.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
env_file="$here/../.env"

usage() {
    cat <<'TEXT'
Usage: nginx/render.sh PREFIX

Writes the nginx configuration into the folder PREFIX, which nginx also uses for its logs, its pid and its temporary files.
Any user may run it, and nginx as well. (Started by root, nginx works as another user, who must be able to reach PREFIX.)
Then, with the same PREFIX:

  nginx -e logs/error.log -p PREFIX -c nginx.conf -t          check
  nginx -e logs/error.log -p PREFIX -c nginx.conf             start
  nginx -e logs/error.log -p PREFIX -c nginx.conf -s reload   after a change
  nginx -e logs/error.log -p PREFIX -c nginx.conf -s quit     stop

Variables, from the environment, else from the .env file of the checkout:
  MODE               the API's path prefix                    (api/v1)
  API_INTERNAL_PORT  the API's port                           (3000)
  API_UPSTREAM_HOST  the API's address                        (API_HOST, or 127.0.0.1)
  NGINX_LISTEN       what to listen on, port or address:port  (PROXY_PORT, or 8900)
  SERVER_NAME        the public names, separated by spaces    (_, any)
  NGINX_ACCESS_LOG   a path, relative to PREFIX or not        (logs/access.log)
  NGINX_ERROR_LOG    the same                                 (logs/error.log)
TEXT
}

fail() {
    printf '%s\n' "render.sh: $1" >&2
    exit 1
}

# setting NAME DEFAULT: the environment's value, else the .env file's, else the default; empty counts as not set.
setting() {
    eval "value=\${$1:-}"
    if [ -z "$value" ] && [ -f "$env_file" ]; then
        value=$(sed -n "s/^[[:blank:]]*\(export[[:blank:]]\{1,\}\)\{0,1\}$1[[:blank:]]*=[[:blank:]]*//p" "$env_file" | tail -n 1 | tr -d '\r')
        case $value in
            \"*) value=${value#\"} value=${value%%\"*} ;;
            \'*) value=${value#\'} value=${value%%\'*} ;;
            *) value=$(printf '%s' "${value%%#*}" | sed 's/[[:blank:]]*$//') ;;
        esac
    fi
    printf '%s' "${value:-$2}"
}

# check NAME VALUE PATTERN: nothing but the pattern may reach the configuration, where a semicolon would start a directive.
check() {
    if [ "$(printf '%s' "$2" | wc -l)" -ne 0 ] || ! printf '%s\n' "$2" | grep -Eq "^($3)\$"; then
        fail "$1=$2 cannot be used"
    fi
}

case ${1:-} in
    -h | --help)
        usage
        exit 0
        ;;
    '' | -*)
        usage >&2
        exit 2
        ;;
esac
prefix=${1%/}

mode=$(setting MODE api/v1 | sed 's|^/*||; s|/*$||')
port=$(setting API_INTERNAL_PORT 3000)
host=$(setting API_UPSTREAM_HOST "$(setting API_HOST 127.0.0.1)")
# Bound to every address, the API is reached on the nearest.
case $host in
    0.0.0.0) host=127.0.0.1 ;;
    :: | '[::]') host='[::1]' ;;
esac
listen=$(setting NGINX_LISTEN "$(setting PROXY_PORT 8900)")
server_name=$(setting SERVER_NAME _)
access_log=$(setting NGINX_ACCESS_LOG logs/access.log)
error_log=$(setting NGINX_ERROR_LOG logs/error.log)

check MODE "$mode" '[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*'
check API_INTERNAL_PORT "$port" '[1-9][0-9]{0,4}'
check API_UPSTREAM_HOST "$host" '[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]'
check NGINX_LISTEN "$listen" '([A-Za-z0-9.-]+:|\[[0-9A-Fa-f:.]+\]:)?[1-9][0-9]{0,4}'
check SERVER_NAME "$server_name" '[A-Za-z0-9._*-]+( [A-Za-z0-9._*-]+)*'
check NGINX_ACCESS_LOG "$access_log" '[A-Za-z0-9._/-]+'
check NGINX_ERROR_LOG "$error_log" '[A-Za-z0-9._/-]+'

mkdir -p "$prefix/conf.d" "$prefix/tls" "$prefix/logs" || fail "cannot write to $prefix"
cp "$here/nginx.conf" "$here/proxy.conf" "$here/security.conf" "$here/errors.conf" "$prefix/"
for file in "$here"/tls/*; do
    # The example is no part of a configuration.
    case $file in *.example | *'/*') ;; *) cp "$file" "$prefix/tls/" ;; esac
done
sed -e "s|\${MODE}|$mode|g" \
    -e "s|\${API_INTERNAL_PORT}|$port|g" \
    -e "s|\${API_UPSTREAM_HOST}|$host|g" \
    -e "s|\${NGINX_LISTEN}|$listen|g" \
    -e "s|\${SERVER_NAME}|$server_name|g" \
    -e "s|\${NGINX_ACCESS_LOG}|$access_log|g" \
    -e "s|\${NGINX_ERROR_LOG}|$error_log|g" \
    "$here/conf.d/tessera.conf.template" >"$prefix/conf.d/tessera.conf"
if grep -q "[$]{" "$prefix/conf.d/tessera.conf"; then fail 'the template uses a variable that this script does not know'; fi

printf '%s\n' "Written to $prefix: nginx on $listen in front of $host:$port. Start it with: nginx -e logs/error.log -p $prefix -c nginx.conf"
