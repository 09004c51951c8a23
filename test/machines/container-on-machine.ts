// The image on a machine without a runtime, in a root directory and a mount namespace of its own: `installer VERB…` there.

import type { Arch, BuiltImage } from '../image/built-image.ts';
import { contentOf } from '../image/built-image.ts';

/**
 * Shell code that makes a booted machine ready for `installer VERB…`. Its drives are the system drive, a cargo, which the
 * image sees as /releases, and then the test's own. What is below $NODE, or else /node, is the node's. $ENVIRONMENT is
 * added to the image's, and the report is in /dev/termination-log.
 */
export function furnishing(built: BuiltImage, arch: Arch): string {
  const { Env, Entrypoint } = contentOf(built, arch).config.config;
  return `
mkdir -p /system /node "/lib/modules/$(uname -r)"
mount -o ro /dev/vda /system
mount --bind "/system/modules/$(uname -r)" "/lib/modules/$(uname -r)"
cd /system/image
mount -t proc proc proc
mount --bind /dev dev
mount -t tmpfs tmp tmp
mount -o ro /dev/vdb releases
mount -t proc -o ro proc host/proc
touch /dev/termination-log
cat >/bin/installer <<'SCRIPT'
#!/bin/sh
: >/dev/termination-log
exec unshare --mount --propagation private contained "$@"
SCRIPT
cat >/bin/contained <<'SCRIPT'
#!/bin/sh -e
mount --bind "\${NODE:-/node}/opt/cni/bin" /system/image/host/opt/cni/bin
exec env -i ${Env.map(quoted).join(' ')} $ENVIRONMENT chroot /system/image ${Entrypoint.map(quoted).join(' ')} "$@"
SCRIPT
chmod 755 /bin/installer /bin/contained`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
