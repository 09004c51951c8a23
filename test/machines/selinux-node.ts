// What makes a systemd node one on which SELinux enforces: the policy, labels, and a containerd that labels containers.

import { selinuxPolicy } from './selinux-policy.ts';

export const selinuxArguments = ['security=selinux'];

/** Where a confined container may read the archive, which lies in the cargo without a label. */
export const labelledArchives = '/srv/archives';

/** Beside those that every node has in /cargo. */
export function selinuxFiles(): Readonly<Record<string, Buffer>> {
  return { policy: selinuxPolicy() };
}

/**
 * Shell code that runs before containerd starts. The rest of the node, systemd too, began without a policy: its domain is
 * kernel_t, which is under no limits, and its files are unlabeled_t. What containers meet has the labels of other nodes.
 */
export const enforce = `
mountpoint -q /sys/fs/selinux || mount -t selinuxfs selinuxfs /sys/fs/selinux
dd if=/cargo/policy of=/sys/fs/selinux/load bs=16M status=none

mkdir -p /etc/selinux/default/contexts
printf 'SELINUX=enforcing\\nSELINUXTYPE=default\\n' >/etc/selinux/config
cat >/etc/selinux/default/contexts/lxc_contexts <<END
process = "system_u:system_r:container_t:s0"
file = "system_u:object_r:container_file_t:s0"
ro_file = "system_u:object_r:container_ro_file_t:s0"
END
sed -i 's/^disable_apparmor.*/disable_apparmor = true\\nenable_selinux = true/' /etc/containerd/config.toml
sed -i 's,^ExecStart=/,ExecStart=/usr/bin/runcon system_u:system_r:container_runtime_t:s0 /,' \\
  /etc/systemd/system/containerd.service.d/test.conf
systemctl daemon-reload

label() { chcon -R "system_u:object_r:$1:s0" "$2"; }
mkdir -p ${labelledArchives} /var/lib/containerd /var/lib/cni-plugins-installer
cp /cargo/cni-plugins-* ${labelledArchives}
label usr_t /opt
label bin_t /opt/cni/bin
label var_lib_t /var/lib/cni-plugins-installer
label container_ro_file_t /var/lib/containerd
label container_file_t ${labelledArchives}
echo 1 >/sys/fs/selinux/enforce`;
