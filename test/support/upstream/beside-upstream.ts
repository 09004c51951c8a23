// Runs programs where nothing can be reached but a stand-in of upstream's host: in namespaces of their own.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostsLines, type StandIn } from './stand-in.ts';

const script = join(import.meta.dirname, 'beside-upstream.sh');

/** Whoever is not root is it there: the namespaces are all that is changed. */
const mapped = process.getuid?.() === 0 ? [] : ['--map-root-user'];
const ownNamespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...mapped];

/** What a machine lacks for that; undefined where nothing is missing. */
export function missingForNamespaces(): string | undefined {
  const probe = [...ownNamespaces, 'sh', '-c', 'ip link set lo up && mount -t tmpfs probe /mnt'];
  const { status } = spawnSync('unshare', probe, { stdio: 'ignore' });
  return status === 0 ? undefined : 'ip, and the permission to make namespaces and to mount in them';
}

/**
 * Words that run a command, which follows, once. The server runs as long as that.
 *
 * @param binds files and directories of this machine by where the command sees them
 */
export function besideUpstream(
  { scratch, command }: StandIn,
  binds: Readonly<Record<string, string>> = {},
): readonly string[] {
  writeFileSync(join(scratch, 'hosts'), hostsLines);
  const pairs = Object.entries(binds).map(([target, source]) => `${source}:${target}`);
  return ['unshare', ...ownNamespaces, script, scratch, ...pairs, '--', ...command, '--'];
}
