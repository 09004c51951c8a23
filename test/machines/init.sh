#!/bin/busybox sh
# The first process of a machine: mounts what a kernel offers, loads the drivers of what QEMU gives it, and then runs what
# it is told over the virtio port, one order after the other.
#
# order   shell code in base64, on a line of its own
# answer  the exit status, what it wrote to stdout and what to stderr, both in base64, on one line; `ready` at first
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
echo /bin/modprobe >/proc/sys/kernel/modprobe
for driver in virtio_pci virtio_blk virtio_console; do modprobe "$driver"; done

port() {
  for port in /dev/vport*; do
    if [ -e "$port" ]; then return; fi
  done
  usleep 5000
  port
}

port
exec 3<>"$port"
echo ready >&3
while read -r order <&3; do
  echo "$order" | base64 -d >/run/order
  sh /run/order </dev/null >/run/stdout 2>/run/stderr 3>&-
  echo "$? $(base64 -w0 /run/stdout) $(base64 -w0 /run/stderr)" >&3
done
