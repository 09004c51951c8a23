// Checks of mount propagation, of what hides the host from us, and of what forbids sharing. Pure.

import type { NodeFacts } from '../../facts/node-facts.ts';
import { confiningType } from '../../lib/linux/selinux.ts';
import { isShared } from '../../node/mounts/sharing-plan.ts';
import {
  type Check,
  type Checks,
  finding,
  listed,
  ok,
  skipped,
  type CheckEnd,
  whereSeen,
  moot,
} from '../check.ts';
import type { MountId } from '../ids.ts';

const needProc =
  'mount the hostPath /proc read-only at /host/proc, or give the pod hostPID and name it with --host-proc';

function unsharedOf({
  sharing,
}: NodeFacts): readonly { path: string; mountPoint: string; propagation: string }[] {
  if (!sharing.seen) return [];
  return sharing.value.mounts
    .filter(
      ({ after, target }) =>
        !isShared(after) && after !== 'unknown' && target === lookedAt(sharing.value.mounts),
    )
    .map(({ path, mountPoint, after }) => ({ path, mountPoint, propagation: after }));
}

/** The runtime's namespace decides, where it was found. */
function lookedAt(mounts: readonly { target: 'runtime' | 'pid 1' }[]): 'runtime' | 'pid 1' {
  return mounts.some(({ target }) => target === 'runtime') ? 'runtime' : 'pid 1';
}

function judgeMounts(facts: NodeFacts): CheckEnd {
  return whereSeen(facts.sharing, ({ shared, findings }) => {
    const unshared = unsharedOf(facts);
    if (shared === undefined && unshared.length === 0) {
      const [hidden] = findings;
      return skipped(hidden?.message ?? 'the mounts were not looked at', hidden?.hint ?? needProc);
    }
    if (unshared.length === 0) return ok;
    const mountPoints = [...new Set(unshared.map(({ mountPoint }) => mountPoint))];
    return finding({
      message: `${listed(mountPoints)} of the host ${mountPoints.length === 1 ? 'is' : 'are'} not shared, so no container can share ${listed(unshared.map(({ path }) => path))}`,
      remedy:
        '`cni-plugins-installer share-mounts` in a privileged container, or `mount --make-rshared /` on the host after every boot',
      subjects: unshared.map(({ path }) => path),
      evidence: unshared.map(
        ({ path, mountPoint, propagation }) => `${path}: on ${mountPoint}, which is ${propagation}`,
      ),
    });
  });
}

const notShared: Check = {
  severity: 'error',
  means: 'a mount that Multus asks to share with the host is not shared: its container cannot be created',
  judge: (facts) => {
    const end = judgeMounts(facts);
    return end.result === 'finding' ? { ...end, because: whatForbids(facts) } : end;
  },
};

function whatForbids(
  facts: NodeFacts,
): 'selinux-denies' | 'apparmor-denies-mount' | 'runtime-in-own-mount-namespace' {
  if (judgeSelinux(facts).result === 'finding') return 'selinux-denies';
  if (judgeAppArmor(facts).result === 'finding') return 'apparmor-denies-mount';
  return 'runtime-in-own-mount-namespace';
}

const apart: Check = {
  severity: 'warning',
  means:
    'the container runtime has a mount namespace of its own: what is shared on the host is not shared for it',
  judge: (facts) =>
    whereSeen(facts.host, ({ runtime }) =>
      whereSeen(runtime, ({ apart: isApart, name }) =>
        whereSeen(isApart, (yes) =>
          yes && unsharedOf(facts).length > 0
            ? finding({
                message: `${name} has a mount namespace of its own, in which mounts are not shared`,
                remedy: `restart its unit without MountFlags and PrivateMounts, or \`cni-plugins-installer share-mounts\`, which enters that namespace too`,
              })
            : ok,
        ),
      ),
    ),
};

const procAbsent: Check = {
  severity: 'note',
  means: "the host's procfs is not mounted: much could not be looked at",
  judge: ({ host }) => (host.seen ? ok : skipped(host.why, needProc)),
};

const procHidden: Check = {
  severity: 'note',
  means: "the host's procfs does not show the processes of others: much could not be looked at",
  judge: ({ host }) =>
    whereSeen(host, ({ showsInit, procPath }) =>
      showsInit
        ? ok
        : skipped(
            `${procPath} does not show PID 1, as with hidepid`,
            'mount the hostPath /proc of a procfs without hidepid, or add the capability SYS_PTRACE',
          ),
    ),
};

const sysAdmin = 1n << 21n;

/** Only a container that is to share mounts can be kept from it. */
function whereSharing(facts: NodeFacts, decide: () => CheckEnd): CheckEnd {
  return whereSeen(facts.own.capabilities, (effective) => {
    if ((effective & sysAdmin) === 0n)
      return moot('this container is not one that shares mounts: it lacks SYS_ADMIN');
    const mounts = judgeMounts(facts);
    return mounts.result === 'finding' ? decide() : mounts;
  });
}

/** A runtime hides selinuxfs from its containers: there, only that one is confined is to be seen, not whether SELinux enforces. */
function judgeSelinux(facts: NodeFacts): CheckEnd {
  const { selinuxEnforces, confinement } = facts.own;
  return whereSharing(facts, () =>
    whereSeen(confinement, (context) => {
      const type = confiningType(context);
      if (type === undefined || (selinuxEnforces.seen && !selinuxEnforces.value)) return ok;
      const enforces = selinuxEnforces.seen
        ? 'SELinux enforces, and'
        : 'unless SELinux is permissive, which is not to be seen from here,';
      return finding({
        message: `${enforces} this container is ${type}, which may not change the host's mounts`,
        remedy: 'give the container `seLinuxOptions: {type: spc_t, level: s0}`, or make it privileged',
      });
    }),
  );
}

function judgeAppArmor(facts: NodeFacts): CheckEnd {
  return whereSharing(facts, () =>
    whereSeen(facts.own.confinement, (context) => {
      const [, profile, mode] = /^(\S+) \((\w+)\)$/.exec(context) ?? [];
      if (profile === undefined || mode !== 'enforce') return ok;
      return finding({
        message: `the AppArmor profile ${profile} of this container forbids mount(2)`,
        remedy: 'give the container `appArmorProfile: {type: Unconfined}`, or make it privileged',
      });
    }),
  );
}

export const mountChecks: Checks<MountId> = {
  'mount-not-shared': notShared,
  'runtime-in-own-mount-namespace': apart,
  'host-proc-absent': procAbsent,
  'host-proc-hidden': procHidden,
  'selinux-denies': {
    severity: 'warning',
    means: 'SELinux keeps this container from sharing mounts',
    judge: judgeSelinux,
  },
  'apparmor-denies-mount': {
    severity: 'warning',
    means: 'AppArmor keeps this container from sharing mounts',
    judge: judgeAppArmor,
  },
};
