// Whether the CNI bin dir can do its work at all: it is there, and its mount lets plugins run.

import { chmodSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { Failure } from '../lib/failure.ts';
import { mountContaining, parseMountinfo } from '../lib/mountinfo.ts';

/** @throws Failure `node`: absent, no directory, or mounted `noexec`. */
export function requireBinDir(binDir: string, create: boolean): void {
  const stats = statSync(binDir, { throwIfNoEntry: false });
  if (stats === undefined) {
    if (!create) throw absent(binDir);
    // The runtime reads it as root, kubelets and people as others: 0755 whatever the umask.
    mkdirSync(binDir, { recursive: true });
    chmodSync(binDir, 0o755);
  } else if (!stats.isDirectory()) {
    throw new Failure('node', {
      code: 'bin-dir-no-directory',
      message: `the CNI bin dir ${binDir} is no directory`,
      hint: 'mount the directory of the node, or correct --cni-bin-dir',
    });
  }
  requireExecutableMount(binDir);
}

function absent(binDir: string): Failure {
  return new Failure('node', {
    code: 'bin-dir-absent',
    message: `the CNI bin dir ${binDir} is not there`,
    hint: "mount the node's CNI bin dir there (hostPath /opt/cni/bin), correct --cni-bin-dir, or give --create-bin-dir",
  });
}

/** On a `noexec` mount every installer can copy, and no runtime can execute (cni-plugin#891). */
function requireExecutableMount(binDir: string): void {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const mount = mountContaining(mounts, realpathSync(binDir));
  if (mount?.options.includes('noexec') !== true) return;
  throw new Failure('node', {
    code: 'bin-dir-noexec',
    message: `the CNI bin dir ${binDir} is on ${mount.mountPoint}, which is mounted noexec: no plugin can run there`,
    hint: 'mount that file system without noexec',
  });
}
