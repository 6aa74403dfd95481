#!/bin/sh
# Brings the checkout as it is now into service: build, migrate, reload without dropping a request, check.
set -eu
cd -- "$(dirname -- "$0")"

app=tessera-api
# How long a new version may take until it is ready, in seconds.
patience=${RELOAD_TIMEOUT_SECONDS:-120}

usage() {
    cat <<'TEXT'
Usage: ./reload.sh [docker | pm2]

Builds what the checkout holds now, applies the migrations, and lets the new version take over without dropping a request.
The old version serves until the new one is ready; when the new one does not get ready, the old one stays.
Without an argument it takes what is running: the containers of docker-compose.yaml, or the PM2 app of ecosystem.config.js.

  docker   builds the image, starts new containers beside the old ones, tells nginx, then stops the old ones
  pm2      builds api/dist, tries it on a spare port, then reloads the workers one by one

RELOAD_TIMEOUT_SECONDS (120) is how long the new version may take until it is ready.
Exit code: 0 the new version serves, 1 it does not (a sentence says why), 2 wrong arguments.
TEXT
}

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s\n' "reload.sh: $*" >&2
    exit 1
}

# --- Docker ---

running_containers() { docker compose ps -q api; }
# Also those that just ended.
all_containers() { docker compose ps -aq api; }

tell_nginx() {
    # nginx learns the addresses of the containers when it reads its configuration.
    docker compose exec -T nginx nginx -e stderr -p /tmp/ -s reload ||
        fail 'nginx could not be reloaded: look at docker compose logs nginx. Old and new containers are both running.'
}

reload_docker() {
    docker compose version >/dev/null 2>&1 || fail 'docker compose (version 2) was not found.'

    say 'Building the image …'
    docker compose build api || fail 'The image could not be built. Nothing was changed.'
    old=$(all_containers)

    if [ -z "$(running_containers)" ]; then
        say 'Starting everything …'
        docker compose up -d --wait --wait-timeout "$patience" || fail 'It does not get ready: look at docker compose logs.'
        say 'Done: the new version serves.'
        return
    fi

    # It applies the migrations before it is ready: when they fail, it never is.
    say 'Starting the new version beside the old one; it applies the migrations …'
    count=$(printf '%s\n' "$old" | wc -l)
    ready=yes
    docker compose up -d --no-deps --no-recreate --wait --wait-timeout "$patience" --scale "api=$((count * 2))" api || ready=no
    new=$(all_containers | grep -Fvx "$old" || true)
    if [ "$ready" = no ] || [ -z "$new" ]; then
        for container in $new; do
            docker logs --tail 20 "$container" || true
            docker rm -f "$container" >/dev/null
        done
        fail 'The new version did not get ready, and its containers were removed. The old version runs on.'
    fi

    say 'Handing over …'
    docker compose up -d --no-deps --no-recreate nginx || fail 'nginx does not start: look at docker compose logs nginx.'
    tell_nginx
    # Workers of nginx from before the reload end their requests on the old containers.
    sleep 2
    for container in $old; do
        docker stop "$container" >/dev/null
        docker rm "$container" >/dev/null
    done
    tell_nginx
    docker compose exec -T nginx wget -q -O /dev/null http://127.0.0.1:8080/health/ready ||
        fail 'The new containers are ready, but not through nginx: look at docker compose logs nginx.'
    say 'Done: the new version serves.'
}

# --- PM2 ---

pm2() {
    if [ -x node_modules/.bin/pm2 ]; then
        node_modules/.bin/pm2 "$@"
    else
        command pm2 "$@"
    fi
}

# A daemon that does not run would be started by the question.
pm2_runs() { kill -0 "$(cat "${PM2_HOME:-$HOME/.pm2}/pm2.pid" 2>/dev/null || echo none)" 2>/dev/null; }

# pm2_app all|online: whether PM2 has workers of the app, and whether every one of them is online.
pm2_app() {
    pm2 jlist --silent 2>/dev/null | node -e '
        const [name, which] = process.argv.slice(1);
        const text = require("node:fs").readFileSync(0, "utf8");
        const workers = JSON.parse(text.slice(text.indexOf("["))).filter((worker) => worker.name === name);
        const good = workers.filter((worker) => which === "all" || worker.pm2_env.status === "online");
        process.exit(good.length > 0 && good.length === workers.length ? 0 : 1);' "$app" "$1"
}

# setting NAME DEFAULT, read as the server reads it: the environment, else .env.
setting() {
    node -e '
        const { existsSync, readFileSync } = require("node:fs");
        const file = existsSync(".env") ? require("node:util").parseEnv(readFileSync(".env", "utf8")) : {};
        const [name, otherwise] = process.argv.slice(1);
        console.log((process.env[name] ?? file[name])?.trim() || otherwise);' "$1" "$2"
}

# wait_ready HOST PORT [PID]: asks until it is ready, the time is over or the process is gone.
wait_ready() {
    node -e '
        const [host, port, seconds, pid] = process.argv.slice(1);
        const end = Date.now() + seconds * 1000;
        const lives = () => { try { return !pid || process.kill(pid, 0); } catch { return false; } };
        (async () => {
            while (lives() && Date.now() < end) {
                const answer = await fetch("http://" + host + ":" + port + "/health/ready", { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
                if (answer?.ok) process.exit(0);
                await new Promise((resolve) => setTimeout(resolve, 200));
            }
            process.exit(1);
        })();' "$1" "$2" "$patience" "${3:-}"
}

previous=node_modules/.cache/tessera-previous-dist

keep_build() {
    rm -rf "$previous"
    if [ -d api/dist ]; then
        mkdir -p node_modules/.cache
        cp -R api/dist "$previous"
    fi
}

# So that a worker that PM2 restarts later does not start with the version that failed.
put_build_back() {
    [ -d "$previous" ] || return 0
    rm -rf api/dist
    mv "$previous" api/dist
}

trial=
trial_log=
end_trial() {
    if [ -n "$trial" ]; then
        kill -TERM "$trial" 2>/dev/null || true
        wait "$trial" 2>/dev/null || true
        trial=
    fi
    if [ -n "$trial_log" ]; then rm -f "$trial_log"; fi
}
trap end_trial EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts the new build on a spare port: PM2 replaces a worker even when its successor never gets ready.
try_build() {
    trial_log=$(mktemp)
    spare=$(node -e 'const server = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close(); });')
    API_HOST=127.0.0.1 API_INTERNAL_PORT=$spare NODE_ENV=production node api/dist/server.js >"$trial_log" 2>&1 &
    trial=$!
    if ! wait_ready 127.0.0.1 "$spare" "$trial"; then
        tail -n 20 "$trial_log" >&2
        return 1
    fi
    end_trial
}

reload_pm2() {
    command -v node >/dev/null || fail 'Node.js was not found.'
    pm2 --version >/dev/null 2>&1 || fail 'PM2 was not found: run npm ci first.'

    say 'Building …'
    keep_build
    npm run build || fail 'The build failed. Nothing was changed.'

    say 'Applying the migrations …'
    if ! npm run migrate:deploy; then
        put_build_back
        fail 'The migrations could not be applied. The old version runs on.'
    fi

    say 'Trying the new version on a spare port …'
    if ! try_build; then
        put_build_back
        fail 'The new version did not get ready: its last words stand above. The old version runs on.'
    fi

    say 'Reloading the workers …'
    host=$(setting API_HOST 127.0.0.1)
    case $host in
        0.0.0.0) host=127.0.0.1 ;;
        ::) host='[::1]' ;;
    esac
    port=$(setting API_INTERNAL_PORT 3000)
    if ! pm2 startOrReload ecosystem.config.js --update-env || ! wait_ready "$host" "$port" || ! pm2_app online; then
        if [ -d "$previous" ]; then
            put_build_back
            pm2 reload ecosystem.config.js --update-env || true
            if wait_ready "$host" "$port"; then fail 'The new version did not get ready under PM2. The old one was put back and serves.'; fi
        fi
        fail "The API does not get ready: look at pm2 logs $app."
    fi
    rm -rf "$previous"
    say 'Done: the new version serves.'
}

# --- Which of the two ---

detect() {
    by_docker=no
    by_pm2=no
    if command -v docker >/dev/null && [ -n "$(running_containers 2>/dev/null)" ]; then by_docker=yes; fi
    if pm2_runs && pm2_app all; then by_pm2=yes; fi
    case $by_docker$by_pm2 in
        yesno) mode=docker ;;
        noyes) mode=pm2 ;;
        yesyes) fail 'Both the containers and the PM2 app are running: say which, ./reload.sh docker or ./reload.sh pm2.' ;;
        *) fail 'Nothing is running yet: say how to start it, ./reload.sh docker or ./reload.sh pm2.' ;;
    esac
}

[ $# -le 1 ] || { usage >&2 && exit 2; }
case ${1:-} in
    -h | --help) usage && exit 0 ;;
    docker | pm2) mode=$1 ;;
    '') detect ;;
    *) usage >&2 && exit 2 ;;
esac
"reload_$mode"
