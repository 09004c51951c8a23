// Checks of the bin dir as a place: there, the runtime's own, writable, executable, with room. Pure.

import type { NodeFacts, Standing } from '../../facts/node-facts.ts';
import { mebibytes } from '../../lib/byte-size.ts';
import type { Mount } from '../../lib/linux/mountinfo.ts';
import { type Check, type Checks, finding, listed, ok, type CheckEnd, whereSeen, moot } from '../check.ts';
import type { BinDirId } from '../ids.ts';

type Directory = Extract<Standing, { kind: 'directory' }>;

/** Where it is not there, nothing more can be said of it. */
function whereDirectory(facts: NodeFacts, decide: (directory: Directory) => CheckEnd): CheckEnd {
  return whereSeen(facts.binDir.stands, (standing) =>
    standing.kind === 'directory' ? decide(standing) : moot('there is no bin dir'),
  );
}

function isMountedReadOnly({ options, superOptions }: Mount): boolean {
  return options.includes('ro') || superOptions.includes('ro');
}

const binDirAbsent: Check = {
  severity: 'error',
  means: 'nothing is at the path of the bin dir, or it is not a directory',
  judge: ({ binDir }) =>
    whereSeen(binDir.stands, ({ kind }) =>
      kind === 'directory'
        ? ok
        : finding({
            message: `the CNI bin dir ${binDir.path} is ${kind === 'absent' ? 'not there' : 'not a directory'}`,
            remedy:
              "mount the node's bin dir there, or name it with --cni-bin-dir; with our chart `paths.binDir`",
          }),
    ),
};

const detached: Check = {
  severity: 'error',
  means:
    'the bin dir was removed and made anew behind the back of this container, which still has the old one',
  judge: (facts) =>
    whereDirectory(facts, ({ links }) => {
      const mount = facts.binDir.ownMount;
      const isGone = links === 0 || (mount.seen && mount.value.root.endsWith('//deleted'));
      if (!isGone) return ok;
      return finding({
        message: `the CNI bin dir ${facts.binDir.path} that this container has was removed on the node`,
        remedy: 'restart this pod: it gets the directory that is there now',
      });
    }),
};

interface Reader {
  readonly name: string;
  readonly dirs: readonly string[];
}

/** What is told of a runtime that looks for plugins in other directories than the bin dir; undefined where it looks there. */
export function lookedForElsewhere(
  { name, dirs }: Reader,
  own: { readonly path: string; readonly hostPath: string },
): { readonly message: string; readonly remedy: string } | undefined {
  if (dirs.includes(own.hostPath)) return undefined;
  const [wanted = ''] = dirs;
  return {
    message: `${name} looks for plugins in ${dirs.join(', ')}, but ${own.path} is ${own.hostPath} of the host`,
    remedy: `mount ${wanted} of the host at ${own.path}; with our chart \`distribution\` or \`paths.binDir=${wanted}\``,
  };
}

const notRuntimes: Check = {
  severity: 'error',
  means: 'the runtime looks for plugins in another directory than the one that is filled',
  judge: (facts) =>
    whereDirectory(facts, () =>
      whereSeen(facts.host, ({ runtime }) =>
        whereSeen(runtime, ({ binDirs, name }) =>
          whereSeen(binDirs, (dirs) =>
            whereSeen(facts.binDir.hostPath, (hostPath) => {
              const elsewhere = lookedForElsewhere({ name, dirs }, { path: facts.binDir.path, hostPath });
              return elsewhere === undefined ? ok : finding(elsewhere);
            }),
          ),
        ),
      ),
    ),
};

const binDirReadOnly: Check = {
  severity: 'error',
  means: 'the bin dir is on a read-only file system: nothing can be installed or repaired there',
  judge: (facts) =>
    whereDirectory(facts, () =>
      whereSeen(facts.binDir.hostMount, (mount) =>
        isMountedReadOnly(mount)
          ? finding({
              message: `the bin dir is on ${mount.mountPoint} of the host, which is mounted read-only`,
              remedy: `\`mount -o remount,rw ${mount.mountPoint}\` on the host, or the bin dir of this distribution with --cni-bin-dir`,
              // Plugins that are there run from it all the same.
              severity: facts.plugins.some(({ sight }) => sight.seen && sight.value.kind === 'absent')
                ? 'error'
                : 'warning',
            })
          : ok,
      ),
    ),
};

const noexec: Check = {
  severity: 'error',
  means: 'the bin dir is on a file system from which nothing may be executed',
  judge: (facts) =>
    whereDirectory(facts, () =>
      whereSeen(facts.binDir.hostMount, ({ options, mountPoint }) =>
        options.includes('noexec')
          ? finding({
              message: `the bin dir is on ${mountPoint} of the host, which is mounted noexec: no plugin can run there`,
              remedy: `\`mount -o remount,exec ${mountPoint}\` on the host, and the same in its fstab`,
            })
          : ok,
      ),
    ),
};

const nosuid: Check = {
  severity: 'error',
  means: 'a plugin was given setuid or setgid, which the mount of the bin dir does not honour',
  judge: (facts) =>
    whereSeen(facts.record, ({ plugins }) =>
      whereSeen(facts.binDir.hostMount, ({ options, mountPoint }) => {
        const granted = [...plugins].filter(([, { mode }]) => (mode & 0o6000) !== 0).map(([name]) => name);
        if (granted.length === 0 || !options.includes('nosuid')) return ok;
        return finding({
          message: `${listed(granted)} was given setuid or setgid, but ${mountPoint} of the host is mounted nosuid`,
          remedy: `\`mount -o remount,suid ${mountPoint}\` on the host, or no --mode for it`,
        });
      }),
    ),
};

const dacOverride = 1n << 1n;

const owner: Check = {
  severity: 'warning',
  means: 'the bin dir does not belong to root, so that an installer needs a capability to write into it',
  judge: (facts) =>
    whereDirectory(facts, ({ uid }) => {
      if (uid === 0) return ok;
      return whereSeen(facts.own.capabilities, (effective) =>
        (effective & dacOverride) === 0n
          ? finding({
              message: `the bin dir belongs to uid ${uid}, and root without DAC_OVERRIDE, as in this container, may not write there`,
              remedy:
                'add the capability DAC_OVERRIDE; with our chart `cniPlugins.securityContext={capabilities: {add: [DAC_OVERRIDE]}}`',
            })
          : ok,
      );
    }),
};

/** An upgrade needs the new set beside the old one. */
function roomWanted(facts: NodeFacts): number {
  const plugins = facts.record.seen ? [...facts.record.value.plugins.values()] : [];
  return 2 * plugins.reduce((sum, { size }) => sum + size, 0);
}

const spaceLeft: Check = {
  severity: 'warning',
  means: 'the file system of the bin dir has less room than an upgrade needs: twice the set',
  judge: (facts) =>
    whereDirectory(facts, () =>
      whereSeen(facts.binDir.room, ({ freeBytes }) => {
        const wanted = roomWanted(facts);
        if (wanted === 0) return moot('nothing of ours is recorded, so nobody knows how much is needed');
        if (freeBytes >= wanted) return ok;
        return finding({
          message: `the file system of the bin dir has ${mebibytes(freeBytes)} left, an upgrade needs ${mebibytes(wanted)}`,
          remedy: 'free space on that file system, or install fewer plugins with --plugins',
        });
      }),
    ),
};

const inodes: Check = {
  severity: 'warning',
  means: 'the file system of the bin dir is about to have no inodes left',
  judge: (facts) =>
    whereDirectory(facts, () =>
      whereSeen(facts.binDir.room, ({ freeInodes }) =>
        freeInodes >= 100
          ? ok
          : finding({
              message: `the file system of the bin dir has ${freeInodes} inodes left`,
              remedy: 'remove files that nobody needs from that file system',
            }),
      ),
    ),
};

export const binDirChecks: Checks<BinDirId> = {
  'bin-dir-absent': binDirAbsent,
  'bin-dir-detached': detached,
  'bin-dir-not-runtimes': notRuntimes,
  'bin-dir-read-only': binDirReadOnly,
  'bin-dir-noexec': noexec,
  'bin-dir-nosuid-modes': nosuid,
  'bin-dir-owner': owner,
  'bin-dir-space': spaceLeft,
  'bin-dir-inodes': inodes,
};
