// Where a link of the bin dir leads on the node, followed through the node's own root as far as that is seen from here.

import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemReason } from '../../lib/errno.ts';
import { resolveInRoot } from './path-in-root.ts';

export interface RootView {
  /** A procfs in which process 1 should be the node's. */
  readonly hostProc: string;
  readonly inContainer: boolean;
}

/** As a path of this process; or why it can't be followed from here. */
export type Followed = { readonly path: string } | { readonly unseen: string };

type HostRoot =
  /** We are not in a container, or it has the node's root. */
  | { readonly kind: 'ours' }
  /** As a path of this process. */
  | { readonly kind: 'seen'; readonly path: string }
  | { readonly kind: 'unseen'; readonly because: string };

/**
 * A link that stays in its directory is followed there; one that leads out, and would lead to something of our own image, is
 * followed on the node.
 */
export async function followOnHost(path: string, view: RootView): Promise<Followed> {
  const inside = followInside(path);
  if (inside !== undefined) return { path: inside };
  const root = hostRootBy(view);
  if (root.kind === 'ours') return { path };
  const leads = `${path} leads out of this container, to ${readlinkSync(path)}`;
  if (root.kind === 'unseen') return { unseen: `${leads}: ${root.because}` };
  const onHost = await hostPathOf(path, root.path);
  if (onHost === undefined)
    return { unseen: `${leads}, and where the bin dir lies on the node is not known` };
  return { path: join(root.path, await resolveInRoot(root.path, onHost)) };
}

/** Process 1's root is the node's: a magic link, which takes SYS_PTRACE to follow (proc_pid_root(5)). */
function hostRootBy({ hostProc, inContainer }: RootView): HostRoot {
  const path = `${hostProc}/1/root`;
  try {
    const [host, own] = [statSync(`${path}/`), statSync('/')];
    return host.ino === own.ino && host.dev === own.dev ? { kind: 'ours' } : { kind: 'seen', path };
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    return inContainer ? unseenRoot(`${path} can't be entered: ${reason}`) : { kind: 'ours' };
  }
}

function unseenRoot(because: string): HostRoot {
  return { kind: 'unseen', because };
}

/** As in the kernel: path_resolution(7). */
const maxFollowedLinks = 40;

/** Undefined for a link that leaves the directory it stands in. */
function followInside(path: string): string | undefined {
  const directory = dirname(path);
  let name = basename(path);
  for (let links = 0; links < maxFollowedLinks; links += 1) {
    if (lstatSync(join(directory, name), { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      return join(directory, name);
    }
    const target = readlinkSync(join(directory, name));
    if (target.startsWith('/') || target.split('/').includes('..')) return undefined;
    name = target;
  }
  return path;
}

/**
 * The path as the node has it: the target where that is absolute, else the bin dir has to be found on the node, by what we
 * mount it as.
 */
async function hostPathOf(path: string, root: string): Promise<string | undefined> {
  const target = readlinkSync(path);
  if (target.startsWith('/')) return target;
  const directory = dirname(path);
  const own = statSync(directory);
  for (const candidate of [directory.replace(/^\/host(?=\/)/, ''), directory]) {
    const there = statSync(join(root, await resolveInRoot(root, candidate)), { throwIfNoEntry: false });
    if (there?.ino === own.ino && there.dev === own.dev) return join(candidate, basename(path));
  }
  return undefined;
}
