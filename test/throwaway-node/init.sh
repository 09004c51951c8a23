#!/bin/bash
# Furnishes the node from inside its new namespaces, then becomes its init.
#
#   init.sh RUNTIME-COMMAND...
#
# env  THROWAWAY_NAME               host name
#      THROWAWAY_DIR                directory for the node's root
#      THROWAWAY_CONTAINERD_CONFIG  becomes /etc/containerd/config.toml
#      THROWAWAY_TEMPLATE           containerd's root directory with images in it; may be empty
#      THROWAWAY_DISK               file with a file system that all the node writes lands on; empty for a tmpfs
#      THROWAWAY_NETWORK            veth | loopback
#      THROWAWAY_ADDRESS            eth0's, with the length of its network's prefix
#      THROWAWAY_BINDS              a line for each directory of this machine that the node sees: its path, a tab, the node's
#      THROWAWAY_PROPAGATION        private | shared | slave, of the node's /
#      THROWAWAY_PREINIT            shell commands to run on the finished node before its init
# Everything is mounted in this mount namespace only, and all that is written lands on the node's disk: the machine stays as
# it is. A disk that a node has been on before is found as that node left it.
set -euo pipefail

# The machine's procfs is still mounted here, and tells what our pid is out there.
read -r outer_pid _ </proc/self/stat

root=$THROWAWAY_DIR/root

mount_disk() {
  mount --make-rprivate /
  if [ -n "$THROWAWAY_DISK" ]; then
    mount -o loop "$THROWAWAY_DISK" "$THROWAWAY_DIR"
  else
    mount -t tmpfs -o mode=755 throwaway "$THROWAWAY_DIR"
  fi
}

# The machine's own / is the read-only lower layer, so that the node has its programs.
mount_root() {
  mkdir -p "$THROWAWAY_DIR"/{upper,work,root}
  mount -t overlay -o "lowerdir=/,upperdir=$THROWAWAY_DIR/upper,workdir=$THROWAWAY_DIR/work" overlay "$root"
}

empty_node_directories() {
  local directory
  for directory in opt/cni/bin etc/cni/net.d var/lib/cni var/lib/kubelet var/log/pods; do
    rm -rf "${root:?}/$directory"
    mkdir -p "$root/$directory"
  done
}

mount_kernel_filesystems() {
  mkdir -p "$root"/{proc,sys,dev,run,tmp}
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
  mount -t tmpfs -o nosuid,mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
}

# Controllers that share a hierarchy on the machine can only be mounted together here too.
mount_cgroup_v1_hierarchies() {
  local controllers directory name
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  while IFS=: read -r _ controllers _; do
    [ -n "$controllers" ] || continue
    directory=$root/sys/fs/cgroup/${controllers#name=}
    mkdir "$directory"
    case $controllers in
      name=*) mount -t cgroup -o "none,$controllers" cgroup "$directory" ;;
      *) mount -t cgroup -o "$controllers" cgroup "$directory" ;;
    esac
    for name in ${controllers//,/ }; do
      [[ $controllers != *,* ]] || ln -s "$controllers" "$root/sys/fs/cgroup/$name"
    done
  done </proc/self/cgroup
}

# The v2 branch has not yet been run on a pure v2 machine.
mount_cgroups() {
  if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  else
    mount_cgroup_v1_hierarchies
  fi
}

# kmsg is what a kubelet asks for; where this machine is a container itself, it may have none to copy.
make_devices() {
  mount -t tmpfs -o nosuid,mode=755 tmpfs "$root/dev"
  cp -a /dev/{null,zero,full,random,urandom,tty} "$root/dev/"
  mknod -m 600 "$root/dev/kmsg" c 1 11
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s fd/0 "$root/dev/stdin"
  ln -s fd/1 "$root/dev/stdout"
  ln -s fd/2 "$root/dev/stderr"
  mkdir "$root"/dev/{pts,shm,mqueue}
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t mqueue mqueue "$root/dev/mqueue"
}

fill_containerd() {
  mkdir -m 711 "$THROWAWAY_DIR/containerd"
  [ -z "$THROWAWAY_TEMPLATE" ] || cp -a "$THROWAWAY_TEMPLATE/." "$THROWAWAY_DIR/containerd/"
}

# containerd's overlay snapshotter can't work on top of another overlay, hence the mount.
furnish_containerd() {
  mkdir -p "$root/etc/containerd" "$root/var/lib/containerd"
  cp "$THROWAWAY_CONTAINERD_CONFIG" "$root/etc/containerd/config.toml"
  mount --bind "$THROWAWAY_DIR/containerd" "$root/var/lib/containerd"
}

# Read-only, and wherever on this machine they are mounted.
bind_directories() {
  local source target
  while IFS=$'\t' read -r source target; do
    [ -n "$source" ] || continue
    mkdir -p "$root$target"
    mount --bind "$source" "$root$target"
    mount -o remount,bind,ro "$root$target"
  done <<<"$THROWAWAY_BINDS"
}

enter_root() {
  mkdir "$root/.outside"
  cd "$root"
  pivot_root . .outside
  cd /
  umount --lazy /.outside
  rmdir /.outside
}

# eth0 is one end of a cable whose other end hangs free: enough to be macvlan's master.
bring_up_network() {
  echo "$THROWAWAY_NAME" >/proc/sys/kernel/hostname
  ip link set lo up
  [ "$THROWAWAY_NETWORK" = veth ] || return 0
  ip link add eth0 type veth peer name uplink
  ip link set eth0 up
  ip link set uplink up
  ip addr add "$THROWAWAY_ADDRESS" dev eth0
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

# A mount can only be a slave of a living peer group, so / gets a peer that stays shared.
make_root_slave() {
  mount --make-shared /
  mkdir /run/master-of-root
  mount --bind / /run/master-of-root
  mount --make-slave /
}

set_propagation() {
  mount --make-rprivate /
  case $THROWAWAY_PROPAGATION in
    private) ;;
    shared) mount --make-rshared / ;;
    slave) make_root_slave ;;
    *) echo "unknown propagation $THROWAWAY_PROPAGATION" >&2; return 1 ;;
  esac
}

mount_disk
if [ -e "$THROWAWAY_DIR/upper" ]; then
  mount_root
else
  mount_root
  empty_node_directories
  fill_containerd
fi
mount_kernel_filesystems
mount_cgroups
make_devices
furnish_containerd
bind_directories
enter_root
bring_up_network
set_propagation
[ -z "$THROWAWAY_PREINIT" ] || bash -ec "$THROWAWAY_PREINIT" 1>&2

echo "$outer_pid"
exec tini -- "$@" 1>&2
