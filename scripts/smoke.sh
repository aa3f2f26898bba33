#!/usr/bin/env bash
#
# Whether a deployment gives out servers: `ready`, then one allocation, asked for twice. It starts one server.
#
#   ADDRESS          https://… of the broker
#   READY_KEY        function key of ready
#   ALLOCATIONS_KEY  function key of allocations
#   GAME_MODE        the mode to ask for; none: no allocation is asked for, as where callers need a token
#   READY_SECONDS    optional: how long to wait for ready, 600 unless given (new role assignments take that long)

set -euo pipefail
mode=${GAME_MODE:?the game mode to ask for, or none}

# ask PATH CURL-OPTIONS...: sets status and body; no answer is status 000.
ask() {
  local path=$1 answer
  shift
  answer=$(curl --silent --max-time 60 --write-out '\n%{http_code}' "$@" "$ADDRESS$path") || true
  status=${answer##*$'\n'}
  body=${answer%$'\n'*}
}

# fail WHAT
fail() {
  printf '%s: %s %s\n' "$1" "$status" "$body" >&2
  exit 1
}

# allocate EXPECTED-STATUSES: asks until the session has its host, or for a minute.
allocate() {
  local until=$((SECONDS + 60))
  while :; do
    ask /api/v1/allocations --header "x-functions-key: $ALLOCATIONS_KEY" --header 'Content-Type: application/json' \
      --data "{\"sessionId\": \"$session\", \"gameMode\": \"$mode\"}"
    case " $1 " in *" $status "*) return ;; esac
    [ "$status" = 202 ] && [ "$SECONDS" -lt "$until" ] || fail "an allocation of $mode"
    sleep 2
  done
}

until=$((SECONDS + ${READY_SECONDS:-600}))
until ask /api/ready --header "x-functions-key: $READY_KEY" && [ "$status" = 200 ]; do
  [ "$SECONDS" -lt "$until" ] || fail 'not ready'
  echo "not ready yet ($status)"
  sleep 10
done
echo 'ready'

if [ "$mode" = none ]; then exit 0; fi
session=$(cat /proc/sys/kernel/random/uuid)
allocate '200 201'
first=$body
allocate '200'
[ "$body" = "$first" ] || fail 'the same session got other bytes'
echo "a server for $mode, and the same bytes again"
