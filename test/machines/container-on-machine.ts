// The image on a machine without a runtime, in a root directory and a mount namespace of its own: `installer VERB…` there.

import type { Arch, BuiltImage } from '../image/built-image.ts';
import { contentOf } from '../image/built-image.ts';

/**
 * Shell code that makes the node of a booted machine. Its drives are the system drive, a cargo, which the image sees as
 * /releases, and then the test's own; the caller has mounted what has the bin dir on /node. $ENVIRONMENT is added to
 * that of the image, and the report is in /dev/termination-log.
 */
export function furnishing(built: BuiltImage, arch: Arch): string {
  const { Env, Entrypoint } = contentOf(built, arch).config.config;
  return `
mkdir -p /system /node/opt/cni/bin
mount -o ro /dev/vda /system
cd /system/image
mount -t proc proc proc
mount --bind /dev dev
mount -t tmpfs tmp tmp
mount -o ro /dev/vdb releases
mount --bind /node/opt/cni/bin host/opt/cni/bin
mount -t proc -o ro proc host/proc
touch /dev/termination-log
cat >/bin/installer <<'SCRIPT'
#!/bin/sh
: >/dev/termination-log
exec unshare --mount --propagation private env -i ${Env.map(quoted).join(' ')} $ENVIRONMENT \\
  chroot /system/image ${Entrypoint.map(quoted).join(' ')} "$@"
SCRIPT
chmod 755 /bin/installer`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
