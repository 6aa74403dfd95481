#!/bin/sh
# Stops the PostgreSQL and the Redis of a test run, and removes their folder, as soon as the process that
# holds the other end of the standard input is gone.
folder=$1
pid_files="$folder/redis.pid $folder/data/postgres/postmaster.pid"

trap '' INT TERM HUP
cat > /dev/null

signal() {
  for file in $pid_files; do
    if [ -f "$file" ]; then kill -s "$1" "$(head -n 1 "$file")" 2> /dev/null; fi
  done
}

running() {
  for file in $pid_files; do
    if [ -f "$file" ] && kill -0 "$(head -n 1 "$file")" 2> /dev/null; then return 0; fi
  done
  return 1
}

signal INT
tries=0
while running && [ "$tries" -lt 100 ]; do
  sleep 0.1
  tries=$((tries + 1))
done
signal KILL
rm -rf "$folder"
