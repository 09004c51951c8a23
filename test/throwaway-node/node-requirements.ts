// Says what this machine lacks for throw-away nodes.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { onPath } from '../support/needs.ts';
import { nodeBinary } from './images.ts';

const commands = [
  'containerd',
  'containerd-shim-runc-v2',
  'runc',
  'ctr',
  'tini',
  'busybox',
  'iptables',
  'ip',
  'gcc',
  'unshare',
  'nsenter',
  'setpriv',
  'mount',
  'pivot_root',
  'tar',
  'ldd',
];

/**
 * One phrase for each thing that is missing; empty when nodes can be booted. Takes some hundredths of a second.
 *
 * @param alsoNeeded further commands that the caller uses
 */
export function missingRequirements(alsoNeeded: readonly string[] = []): string[] {
  if (process.platform !== 'linux') return ['Linux'];
  const missing = [...commands, ...alsoNeeded].filter((command) => !onPath(command));
  if (!existsSync(nodeBinary)) missing.push('the npm package with Node.js for this architecture');
  if (!missing.includes('busybox') && !isStatic('/bin/busybox')) missing.push('a static /bin/busybox');
  if (process.getuid?.() !== 0) missing.push('root');
  else if (!canUnshare()) missing.push('the permission to make namespaces and mount in them');
  return missing;
}

/** ldd exits 1 for what needs no dynamic loader. */
function isStatic(binary: string): boolean {
  return spawnSync('ldd', [binary], { stdio: 'ignore' }).status === 1;
}

function canUnshare(): boolean {
  const namespaces = ['--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--fork'];
  const probe = ['mount', '-t', 'tmpfs', 'probe', '/mnt'];
  return spawnSync('unshare', [...namespaces, ...probe], { stdio: 'ignore' }).status === 0;
}
