#!/bin/bash
# The node's own cgroup in every hierarchy of this machine: made, entered, handed down, removed. To be sourced.
#
# With cgroup v1 (also "hybrid") there is one hierarchy per directory of /sys/fs/cgroup; with pure v2 there is just one.
# The v2 branches follow the kernel's cgroup-v2.rst. They have been tried on the v2 hierarchy of a hybrid machine, but not
# yet with a runtime on a pure v2 machine.

cgroups=/sys/fs/cgroup

is_pure_v2() {
  [ "$(stat -f -c %T "$cgroups")" = cgroup2fs ]
}

# Symlinks such as cpu -> cpu,cpuacct are second names, not hierarchies.
hierarchies() {
  if is_pure_v2; then
    echo "$cgroups"
  else
    find "$cgroups" -mindepth 1 -maxdepth 1 -type d
  fi
}

# A v1 cpuset starts empty, and an empty one accepts no process.
inherit_cpuset() {
  local parent=$1 own=$2
  [ -e "$parent/cpuset.cpus" ] && [ -e "$own/cgroup.clone_children" ] || return 0
  cat "$parent/cpuset.cpus" >"$own/cpuset.cpus"
  cat "$parent/cpuset.mems" >"$own/cpuset.mems"
  echo 1 >"$own/cgroup.clone_children"
}

# A controller that the machine keeps to itself is no reason to fail: the node does without it.
hand_down_controllers() {
  local directory=$1 controller
  for controller in $(cat "$directory/cgroup.controllers"); do
    echo "+$controller" >"$directory/cgroup.subtree_control" || true
  done 2>/dev/null
}

# Moves the calling process into the node's cgroups. A cgroup namespace made next has them as its roots.
join_own_cgroup() {
  local hierarchy own
  if is_pure_v2; then hand_down_controllers "$cgroups"; fi
  for hierarchy in $(hierarchies); do
    own=$hierarchy/$THROWAWAY_NAME
    mkdir -p "$own"
    inherit_cpuset "$hierarchy" "$own"
    echo "$BASHPID" >"$own/cgroup.procs"
  done
}

# v2 forbids processes in a cgroup that hands controllers down, so the caller steps aside into a leaf.
delegate_own_cgroup() {
  local own=$cgroups/$THROWAWAY_NAME
  is_pure_v2 || return 0
  mkdir -p "$own/init"
  echo "$BASHPID" >"$own/init/cgroup.procs"
  hand_down_controllers "$own"
}

remove_tree() {
  [ ! -d "$1" ] || find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
}

# Waits for the node's last process: until then its cgroup is busy.
remove_own_cgroups() {
  local hierarchy
  for hierarchy in $(hierarchies); do
    for _ in {1..500}; do
      remove_tree "$hierarchy/$THROWAWAY_NAME" && break
      sleep 0.02
    done
  done
}
