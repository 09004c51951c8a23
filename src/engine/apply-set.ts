// Carrying a decided set out on the node, and saying what came of it.

import type { Finding } from '../failure/finding.ts';
import type { PluginSet } from '../node/state/ledger.ts';
import { ledgerAfter } from '../node/plugins/next-ledger.ts';
import type { Action, Plan } from '../node/plugins/plan.ts';
import type { Proof } from '../node/plugins/proof.ts';
import type { Survey } from '../node/plugins/survey.ts';
import { switchSet } from '../node/plugins/switch-set.ts';
import { retainTwoGenerations } from '../node/state/housekeeping.ts';
import type { OutcomeWord } from '../report/result.ts';
import { requirePossible } from './plan-set.ts';
import type { Task } from './context.ts';

export interface Application {
  readonly set: PluginSet;
  readonly plan: Plan;
  readonly seen: Survey;
  readonly task: Task;
}

export interface Applied {
  readonly word: OutcomeWord;
  readonly findings: readonly Finding[];
}

/** @throws Failure `node` for a plan that can't be carried out, `plugin` for a plugin that does not work. */
export async function applySet({ set, plan, seen, task }: Application): Promise<Applied> {
  requirePossible(plan, task);
  const { premises, effects, arch } = task;
  const before = seen.ledgerIsSound ? seen.ledger : undefined;
  const { ledger, generations, claims, inventory } = seen;
  const after = ledgerAfter({ plan, set, ledger, generations, claims, inventory });
  const { log, signal } = effects;
  const proofs = await switchSet({ ...premises, plan, before, after, arch, log, signal });
  retainTwoGenerations(premises.stateDir, after, generations);
  return {
    word: wordFor(plan, after === before),
    findings: [
      ...grantsIn(set),
      ...plan.flatMap((action) => notesOn(action)),
      ...proofs.flatMap((proof) => otherVersion(proof, set)),
    ],
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
