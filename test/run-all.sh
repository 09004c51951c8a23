#!/bin/bash
# run-all.sh : every test project, in two lanes, beside the compiling of the tools that the last ones need.
#
# On a fresh machine the tools take a quarter of an hour of two processors. The projects of one lane need none of them and
# compute; those of the other boot nodes and clusters, and wait more than they compute. So both go at once, and the tools are
# compiled with what they leave; once made, they are there at once. What a project said is printed when it has ended.
# How long each file took goes to build/test-times.json, and the whole has a budget: test/support/run-times.ts.
#
# RUN_STARTED : when all began, in seconds since the epoch, if that was before this script
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$(readlink -f "$0")")/.."
log=build/tools.log
times=build/test-times
started=${RUN_STARTED:-$(date +%s)}
export PATH=$PWD/node_modules/.bin:$PATH

# Says a word when the tools of each stage are there: in the order in which the projects below want them.
compile() {
  local tools=(nice -n 10 test/setup/tools.sh)
  "${tools[@]}" manifests && echo manifests >&3 &&
    "${tools[@]}" containerd && echo containerd-2 >&3 &&
    "${tools[@]}" cluster && echo kubernetes >&3
}

await_tools() {
  local stage=''
  read -r stage <&"$stages" || true
  [ "$stage" = "$1" ] && return
  cat "$log"
  echo "run-all.sh: the tools for the tests of $1 could not be made" >&2
  exit 1
}

run_project() {
  local output=$times/$1.log ended=0
  echo "$(date +%T) $1 ..."
  TIMES_FILE=$times/$1.json vitest run --project "$1" --reporter=default \
    --reporter=./test/support/file-times-reporter.ts >"$output" 2>&1 || ended=$?
  flock "$times" cat "$output"
  return "$ended"
}

computing_lane() {
  local project
  for project in unit cli faults image; do run_project "$project"; done
}

waiting_lane() {
  run_project node
  await_tools manifests
  make verify-generated
  run_project manifests
  run_project repository
  await_tools containerd-2
  run_project containerd-2
  await_tools kubernetes
  run_project kubernetes
}

rm -rf "$times"
mkdir -p "$times"
export -f compile
exec {stages}< <(exec setsid bash -c compile 3>&1 >"$log" 2>&1)
compiling=$!
trap 'kill -- "-$compiling" 2>/dev/null || true' EXIT

computing_lane &
lanes=($!)
waiting_lane &
lanes+=($!)
failed=0
for lane in "${lanes[@]}"; do wait "$lane" || failed=1; done
[ "$failed" = 0 ] || exit 1
node test/report-times.ts --started "$started" --tools-log "$log" "$times"
