#!/bin/busybox sh
# shellcheck shell=dash
#
# The first process of a machine: mounts what a kernel offers, and loads the drivers of what QEMU gives it. Then it takes
# orders; or, where the kernel's command line has machine.root=DEVICE, becomes what is the first process there, with the
# drivers of machine.modules=NAME,… loaded.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
echo /bin/modprobe >/proc/sys/kernel/modprobe
for driver in virtio_pci virtio_blk virtio_console; do modprobe "$driver"; done

# What the kernel's command line has for this name.
told() {
  sed -n "s/.*machine\.$1=\([^ ]*\).*/\1/p" /proc/cmdline
}

root=$(told root)
if [ -n "$root" ]; then
  mkdir -p /root
  mount "$root" /root
  mount -o ro /dev/vda /root/system
  for modules in /lib/modules /root/lib/modules; do
    mount --bind "/root/system/modules/$(uname -r)" "$modules/$(uname -r)"
  done
  # What is asked for later, by a modprobe that reads other tables than busybox's depmod writes.
  for driver in overlay $(told modules | tr , ' '); do modprobe "$driver"; done
  for directory in proc sys dev run; do mount --move "/$directory" "/root/$directory"; done
  exec switch_root /root /sbin/init
fi
exec sh /agent.sh
