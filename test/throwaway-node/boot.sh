#!/bin/bash
# Starts one throw-away node, stays until it is gone, then removes its cgroups and its directory.
#
#   boot.sh RUNTIME-COMMAND...
#
# stdin   the life line: at its end, be it closed on purpose or because the starter died, the node is killed
# stderr  unused: what the node writes goes to THROWAWAY_DIR/log
# stdout  one line, once init.sh has set the node up: the pid of the node's init as seen from here
# env     THROWAWAY_NAME, THROWAWAY_DIR, and what init.sh reads
set -uo pipefail
exec 2>>"$THROWAWAY_DIR/log"

here=$(dirname "$(readlink -f "$0")")
source "$here/cgroups.sh"

# Becomes the node. No pid namespace is left behind when this script itself is killed: pdeathsig takes unshare with it,
# and unshare its child.
enter_node() {
  set -e
  join_own_cgroup
  exec setpriv --pdeathsig KILL unshare --cgroup -- \
    bash -ec 'source "$1/cgroups.sh"; shift; delegate_own_cgroup; exec "$@"' bash "$here" \
    unshare --mount --pid --net --uts --ipc --fork --kill-child=SIGKILL -- \
    bash "$here/init.sh" "$@"
}

# Aims at init, so that unshare sees its whole pid namespace end, and reaps it; at unshare while there is no init yet.
kill_node() {
  local init=
  read -r init _ <"/proc/$node/task/$node/children"
  kill -KILL "${init:-$node}"
}

# bash gives a background job /dev/null as stdin, hence the copy.
exec 3<&0 </dev/null

(exec 3<&-; enter_node "$@") &
node=$!

{
  while read -r -u 3 _; do :; done
  while kill_node; do sleep 0.05; done
} 2>/dev/null &
life_line=$!

wait "$node" 2>/dev/null
kill "$life_line" 2>/dev/null
remove_own_cgroups
rm -rf "$THROWAWAY_DIR"
