// What an operator should know of a set that was just placed. Pure.

import type { Finding } from '../../failure/finding.ts';
import { versionIn } from '../../node/plugins/introduction.ts';
import type { Plan } from '../../node/plugins/plan.ts';
import type { Proof } from '../../node/plugins/proof.ts';
import { dynamicNotes } from './dynamic.ts';
import type { PluginSet } from '../../node/state/ledger.ts';

export function setNotes(set: PluginSet, plan: Plan, proofs: readonly Proof[]): Finding[] {
  return [
    ...grantsIn(set),
    ...leftIn(plan),
    ...proofs.flatMap((proof) => otherVersion(proof, set)),
    ...dynamicNotes(proofs),
  ];
}

/** Setuid makes every user of the node run it as root; whoever asked for it shall read it again. */
function grantsIn({ plugins }: PluginSet): Finding[] {
  return Object.entries(plugins)
    .filter(([, { mode }]) => (mode & 0o7000) !== 0)
    .map(([name, { mode }]) => ({
      code: 'mode-granted',
      message: `${name} has the mode ${mode.toString(8)}, by --mode: whoever runs it on the node gets more rights`,
    }));
}

function leftIn(plan: Plan): Finding[] {
  return plan.flatMap((action): Finding[] => {
    const why = action.do === 'disown' ? whyLeft[action.because] : undefined;
    if (why === undefined) return [];
    return [
      { code: 'plugin-left', message: `${action.name} is no longer wanted, but ${why}; it stays as it is` },
    ];
  });
}

const whyLeft: Readonly<Record<string, string>> = {
  changed: 'others have changed it since',
  unread: 'it may not be read, so nobody knows whose it is',
};

/** A plugin that says another version than its archive is odd, but works: v1.4.1's first upload said "unknown". */
function otherVersion({ name, saysOfItself }: Proof, { version }: PluginSet): Finding[] {
  const said = versionIn(saysOfItself);
  if (said === undefined || said === version) return [];
  return [
    {
      code: 'plugin-says-other-version',
      message: `${name} says it is ${said}, the archive is ${version}`,
      hint: 'see whether --cni-version and the archive belong together',
    },
  ];
}
