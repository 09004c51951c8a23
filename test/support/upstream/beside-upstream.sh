#!/bin/bash
# Runs a command where nothing can be reached but a stand-in of upstream's host; the command becomes PID 1 of its namespaces.
#
#   unshare --net --mount --pid --fork --kill-child --mount-proc beside-upstream.sh SCRATCH BIND... -- SERVER... -- COMMAND...
#
# SCRATCH  a directory with `hosts`, the command's hosts file. `log` in it becomes what the server writes; its first line
#          is awaited before the command starts
# BIND     SOURCE:TARGET, a file or directory that the command sees at another place; a file that is not there is made, as
#          a container runtime makes a termination log
#
# The command sees this machine's files under a root that is mounted in this namespace only: so it finds a /host, and a
# /dev with a file in it, and this machine has neither.
set -euo pipefail

scratch=$1
root=$scratch/root
shift

binds=() server=()
while [ "$1" != -- ]; do binds+=("$1") && shift; done
shift
while [ "$1" != -- ]; do server+=("$1") && shift; done
shift

make_root() {
  local entry
  mkdir -p "$root"
  mount -t tmpfs root "$root"
  for entry in /*; do
    case $entry in
      /dev | /host) mkdir "$root$entry" ;;
      *) if [ -L "$entry" ]; then cp -P "$entry" "$root/"; elif [ -d "$entry" ]; then lend "$entry"; fi ;;
    esac
  done
}

lend() {
  mkdir "$root$1"
  mount --rbind "$1" "$root$1"
}

make_devices() {
  local device
  for device in null zero full random urandom tty; do
    bind "/dev/$device" "/dev/$device"
  done
  ln -s /proc/self/fd "$root/dev/fd"
}

bind() {
  if [ -d "$1" ]; then
    mkdir -p "$root$2"
  else
    [ -e "$1" ] || : >"$1"
    [ -e "$root$2" ] || : >"$root$2"
  fi
  mount --bind "$1" "$root$2"
}

start_server() {
  "${server[@]}" >"$scratch/log" &
  until [ -s "$scratch/log" ]; do
    kill -0 $!
    sleep 0.02
  done
}

ip link set lo up
make_root
make_devices
bind "$scratch/hosts" /etc/hosts
for pair in ${binds[@]+"${binds[@]}"}; do bind "${pair%%:*}" "${pair#*:}"; done
start_server
exec chroot "$root" env --chdir="$PWD" "$@"
