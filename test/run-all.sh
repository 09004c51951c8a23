#!/bin/bash
# run-all.sh : every test project, in three lanes, beside the compiling of the tools that the last ones need.
#
# On a fresh machine the tools take a quarter of an hour of two processors. The projects of one lane compute; those
# of the other boot nodes and clusters, and wait more than they compute. So both go at once, those first that need no tools,
# which are compiled with what the lanes leave; once made, they are there at once. The third lane has the soak, which waits
# nearly all the time. What a project said is printed when it ends.
# A project that fails does not stop its lane: one run says all there is to mend.
# How long each file took goes to build/test-times.json, and the whole has a budget: test/support/run-times.ts.
#
# RUN_STARTED : when all began, in seconds since the epoch, if that was before this script
set -euo pipefail
shopt -s inherit_errexit nullglob

cd "$(dirname "$(readlink -f "$0")")/.."
log=build/tools.log
times=build/test-times
started=${RUN_STARTED:-$(date +%s)}
export PATH=$PWD/node_modules/.bin:$PATH

# In the order in which the projects below want them. Each lane waits for a file of its own, or for the end of all this.
compile() {
  local tools=(nice -n 10 test/setup/tools.sh)
  "${tools[@]}" manifests && announce manifests &&
    "${tools[@]}" containerd && announce containerd-2 &&
    "${tools[@]}" cluster && announce kubernetes
  touch "$times/tools-end"
}

announce() {
  touch "$times/$1.tools"
}

await_tools() {
  until [ -e "$times/$1.tools" ] || [ -e "$times/tools-end" ]; do sleep 1; done
  [ -e "$times/$1.tools" ] && return
  cat "$log"
  echo "run-all.sh: the tools for the tests of $1 could not be made" >&2
  return 1
}

# run_project NAME : all of its files
run_project() {
  local name=$1
  echo "$(date +%T) $name ..."
  attempt "$name" "$name" && return
  asks_again "$name" && attempt "$name" "$name-again" $(failed_files "$name") && return
  touch "$times/failed"
}

failed_files() {
  cut -f 1 "$times/$1.failed" | sort -u
}

# attempt NAME ATTEMPT [FILE...] : what it said is in $times/ATTEMPT.log, what failed in $times/ATTEMPT.failed
attempt() {
  local name=$1 attempt=$2 ended=0
  TIMES_FILE=$times/$attempt.json FAILED_FILES=$times/$attempt.failed vitest run --project "$name" \
    --reporter=default --reporter=./test/support/file-times-reporter.ts \
    --reporter=./test/support/failed-files-reporter.ts "${@:3}" >"$times/$attempt.log" 2>&1 || ended=$?
  [ "$ended" = 0 ] || touch "$times/$attempt.red"
  flock "$times" cat "$times/$attempt.log"
  return "$ended"
}

# A real kubelet on two busy processors may be late for once. So a file of such a project, or two, may fail and get a second
# attempt, by itself; the end of the run tells of both. Whoever fails without a daemon to wait for has a fault.
asks_again() {
  local failed
  case $1 in node | image | containerd-2 | kubernetes | power-cord) ;; *) return 1 ;; esac
  failed=$(failed_files "$1" | wc -l) || return
  [ "$failed" -ge 1 ] && [ "$failed" -le 2 ]
}

# What failed comes once more, last: nobody finds it among all that passed. At the very end a line for each test, for whoever
# sees no more than the end.
tell_failures() {
  local red
  for red in "$times"/*.red; do
    echo "===== $(basename "$red" .red), from its first failure$(healed "${red%.red}"):"
    sed -n '/Failed \(Tests\|Suites\)\|Unhandled Errors\|Startup Error/,$p' "${red%.red}.log" | sed -n '1,120p'
  done
  for red in "$times"/*.red; do
    echo "===== failed in $(basename "$red" .red)$(healed "${red%.red}"):"
    sed -n '1,20p' "${red%.red}.failed" 2>/dev/null | tr '\t' ' ' || echo 'it did not start'
  done
}

# healed ATTEMPT : says so, where there was a second one and it passed
healed() {
  [ ! -e "$1-again.json" ] || [ -e "$1-again.red" ] || echo ' (the second attempt passed)'
}

computing_lane() {
  run_project unit
  run_project cli
  run_project faults
  await_tools manifests
  make verify-generated
  run_project manifests
  run_project power-cord
}

# Ten minutes of a node's hard life, by the clock: with few happenings they cost the others little.
soaking_lane() {
  run_project soak
}

waiting_lane() {
  run_project node
  run_project image
  await_tools containerd-2
  run_project containerd-2
  await_tools kubernetes
  run_project kubernetes
  run_project repository
}

rm -rf "$times"
mkdir -p "$times"
export -f compile announce
export times
setsid bash -c compile >"$log" 2>&1 &
compiling=$!
trap 'kill -- "-$compiling" 2>/dev/null || true' EXIT

computing_lane &
lanes=($!)
waiting_lane &
lanes+=($!)
soaking_lane &
lanes+=($!)
failed=0
for lane in "${lanes[@]}"; do wait "$lane" || failed=1; done
node test/report-times.ts --started "$started" --tools-log "$log" "$times" || failed=1
tell_failures
[ "$failed" = 0 ] && [ ! -e "$times/failed" ]
