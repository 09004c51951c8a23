#!/bin/busybox sh
# shellcheck shell=dash
#
# The first process of a machine: mounts what a kernel offers, and loads the drivers of what QEMU gives it. Then it takes
# orders; or, where the kernel's command line has machine.root=DEVICE, becomes what is the first process there.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
echo /bin/modprobe >/proc/sys/kernel/modprobe
for driver in virtio_pci virtio_blk virtio_console; do modprobe "$driver"; done

root=$(sed -n 's/.*machine\.root=\([^ ]*\).*/\1/p' /proc/cmdline)
if [ -n "$root" ]; then
  mkdir -p /root
  mount "$root" /root
  mount -o ro /dev/vda /root/system
  for modules in /lib/modules /root/lib/modules; do
    mount --bind "/root/system/modules/$(uname -r)" "$modules/$(uname -r)"
  done
  # What a runtime asks for later, by a modprobe that reads other tables than busybox's depmod writes.
  modprobe overlay
  for directory in proc sys dev run; do mount --move "/$directory" "/root/$directory"; done
  exec switch_root /root /sbin/init
fi
exec sh /agent.sh
