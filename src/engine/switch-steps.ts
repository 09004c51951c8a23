// The steps of a switch between deciding and doing: what is proved, what the record will be, and what came of it.

import { join } from 'node:path';
import type { Finding } from '../failure/finding.ts';
import type { Log } from '../lib/log.ts';
import { ledgerAfter } from '../node/plugins/next-ledger.ts';
import type { Action, Plan } from '../node/plugins/plan.ts';
import type { Proof } from '../node/plugins/proof.ts';
import { proveAll } from '../node/plugins/proofs.ts';
import type { Transition } from '../node/plugins/switch-set.ts';
import type { PluginSet } from '../node/state/ledger.ts';
import type { OutcomeWord } from '../report/result.ts';
import type { PresentSet } from './fulfilment.ts';
import type { Rules } from './plan-set.ts';
import type { ReadySet } from './ready-set.ts';

/** What runs is the very inode that is renamed into place; an adopted plugin is run where it stands. */
export async function proveSet(
  { plan, staged }: Pick<ReadySet, 'plan' | 'staged'>,
  binDir: string,
  { arch, signal }: Rules,
  log: Log,
): Promise<readonly Proof[]> {
  const adopted = plan.flatMap(({ do: verb, name }): [string, string][] =>
    verb === 'adopt' ? [[name, join(binDir, name)]] : [],
  );
  const proofs = await proveAll([...staged, ...adopted], { arch, signal });
  signal.throwIfAborted();
  for (const { name, saysOfItself, specVersions } of proofs) {
    log.debug(`${name} works: ${saysOfItself}`, { specVersions });
  }
  return proofs;
}

/** A ledger that could not be read has to be written again, whatever it will say. */
export function transitionTo({ set, plan, seen }: ReadySet): Transition {
  const { ledger, ledgerIsSound, generations, claims, inventory } = seen;
  return {
    plan,
    before: ledgerIsSound ? ledger : undefined,
    after: ledgerAfter({ plan, set, ledger, generations, claims, inventory }),
  };
}

export function outcomeOfSwitch(
  { set, plan, seen, findings }: ReadySet,
  { before, after }: Transition,
  proofs: readonly Proof[],
): PresentSet {
  return {
    word: wordFor(plan, after === before),
    version: set.version,
    plan,
    findings: [
      ...seen.findings,
      ...findings,
      ...grantsIn(set),
      ...plan.flatMap((action) => notesOn(action)),
      ...proofs.flatMap((proof) => otherVersion(proof, set)),
    ],
    failure: undefined,
  };
}

function wordFor(plan: Plan, isRepair: boolean): OutcomeWord {
  if (isRepair) return 'repaired';
  return plan.some((action) => action.do !== 'leave') ? 'installed' : 'repaired';
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

function notesOn(action: Action): Finding[] {
  if (action.do === 'keep') {
    return [{ code: 'plugin-kept', message: `${action.name} is another installer's; it works and was kept` }];
  }
  if (action.do === 'place' && action.because === 'foreign-broken') {
    return [
      {
        code: 'broken-plugin-replaced',
        message: `${action.name} was another installer's and does not work; it was replaced although conflicts are kept`,
        hint: 'its original waits among our originals and comes back at uninstall',
      },
    ];
  }
  if (action.do === 'disown' && action.because === 'changed') {
    return [
      {
        code: 'plugin-left',
        message: `${action.name} is no longer wanted, but others have changed it since; it stays as it is`,
      },
    ];
  }
  return [];
}

/** A plugin that says another version than its archive is odd, but works: v1.4.1's first upload said "unknown". */
function otherVersion({ name, saysOfItself }: Proof, { version }: PluginSet): Finding[] {
  const [said] = /v\d+\.\d+\.\d+\S*/.exec(saysOfItself) ?? [];
  if (said === undefined || said === version) return [];
  return [
    {
      code: 'plugin-says-other-version',
      message: `${name} says it is ${said}, the archive is ${version}`,
      hint: 'see whether --cni-version and the archive belong together',
    },
  ];
}
