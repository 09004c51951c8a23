// Checks of our own record on the node, and of who else writes where we do. Pure.

import { isOfOthers, knownInstaller } from '../../cluster/installers-of-others.ts';
import type { DaemonSetView } from '../../cluster/objects.ts';
import { isWatch } from '../../facts/host/processes.ts';
import { remedyOf } from '../../failure/codes.ts';
import { type Check, type Checks, finding, listed, noneOf, ok, whereSeen, moot } from '../check.ts';
import type { RecordId } from '../ids.ts';
import { asAudited } from './recorded.ts';

const rival: Check = {
  severity: 'warning',
  means: 'another DaemonSet may write into the bin dir, and place plugins of the same names',
  judge: (facts) =>
    whereSeen(facts.cluster, ({ daemonSets }) => {
      if (daemonSets.length === 0) return moot('no DaemonSet was given');
      return whereSeen(facts.binDir.hostPath, (binDir) =>
        noneOf(
          daemonSets.filter((one) => one.writesTo.includes(binDir) && isOfOthers(one)),
          (found) => ({
            message: `${listed(found.map(({ id }) => id))} may write into ${binDir} as well`,
            remedy: remedyForRival(found[0]),
            evidence: found.map(({ id, images }) => `${id}: ${listed(images)}`),
          }),
        ),
      );
    }),
};

function remedyForRival(other: DaemonSetView): string {
  const known = knownInstaller(other);
  const own = 'say who wins with --on-conflict, and leave out with --skip what the other is to place';
  return known === undefined ? own : `${own}; the other's own setting: ${known.setting}`;
}

const twoOfUs: Check = {
  severity: 'warning',
  means: 'two watches of ours, or two installers, are at work on this node at once',
  judge: (facts) => {
    const watches = facts.host.seen ? facts.host.value.processes.filter(isWatch) : [];
    if (watches.length > 1) {
      return finding({
        message: `${watches.length} watches of ours run on this node: processes ${listed(watches.map(({ pid }) => String(pid)))}`,
        remedy: `take away one of the releases or manifests that start them; \`kubectl get pods --all-namespaces --field-selector spec.nodeName=${facts.node ?? 'NODE'}\` shows their pods`,
      });
    }
    return whereSeen(facts.installersAtWork, (names) =>
      names.length < 2
        ? ok
        : finding({
            message: `${names.length} installers are at work on this node at this moment: ${names.join('; ')}`,
            remedy:
              'let them end and ask again; where it is said again, take away one of the releases or manifests that start them',
          }),
    );
  },
};

const ledgerNewer: Check = {
  severity: 'error',
  means: 'a newer installer was on this node, whose record this one does not touch',
  judge: (facts) =>
    whereSeen(facts.record, ({ newer }) =>
      newer === undefined ? ok : finding({ message: newer, remedy: remedyOf('ledger-newer') }),
    ),
};

export const recordChecks: Checks<RecordId> = {
  'rival-installer': rival,
  'two-of-us': twoOfUs,
  'store-damaged': asAudited('store-damaged', {
    severity: 'warning',
    means: "the node's own copy of a plugin is missing or damaged: it can't be repaired without a network",
    remedy: remedyOf('store-damaged'),
  }),
  'spare-store-damaged': asAudited('spare-store-damaged', {
    severity: 'warning',
    means:
      'the second copy of the store lacks a plugin, or has it damaged: it would not come back where the bin dir is made anew',
    remedy: remedyOf('spare-store-damaged'),
    mootFor: ({ hasSpareStore }) => (hasSpareStore ? undefined : 'no spare store was given (--spare-store)'),
  }),
  'ledger-newer': ledgerNewer,
  'ledger-rebuilt': asAudited('ledger-rebuilt', {
    severity: 'warning',
    means: "the node's record could not be read; what is ours was taken from the store and the disk",
    remedy: 'see what wrote there; the next change writes a new ledger',
  }),
  'original-missing': asAudited('original-missing', {
    severity: 'warning',
    means: 'what a plugin had displaced is no longer kept, so uninstall cannot give it back',
    remedy: 'uninstall leaves ours there, for it cannot give that one back',
  }),
};
