#!/bin/sh
# Keeps what the kernel counted last for each container of Kubernetes': its cgroup is gone together with it.
#
#   cgroup-samples.sh DIRECTORY
#
# DIRECTORY/CONTAINER, where CONTAINER is an id, has a line `FILE TEXT` for each line of the files below. But for the
# pause nothing here starts a process: an emulated processor has no time for that.
set -u

mkdir -p "$1"

# The files of the cgroup that this is in; nothing where it goes in the meantime: then the sample before it stays.
sample() {
  sampled=''
  for file in memory.max memory.peak memory.events cpu.max cpu.stat; do
    while read -r line; do
      sampled="$sampled$file $line
"
    done <"$file" || return
  done
  echo "$sampled" >"$1"
}

while :; do
  for cgroup in /sys/fs/cgroup/kubepods.slice/*/cri-containerd-*.scope \
    /sys/fs/cgroup/kubepods.slice/*/*/cri-containerd-*.scope; do
    cd "$cgroup" || continue
    container=${cgroup##*/cri-containerd-}
    sample "$1/${container%.scope}"
  done 2>/dev/null
  cd /
  sleep 0.3
done
