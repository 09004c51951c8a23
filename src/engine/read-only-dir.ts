// A bin dir that is read-only, as on immutable systems with plugins baked in: what is there is taken as it is, if it does.

import { join } from 'node:path';
import { Failure } from '../failure/failure.ts';
import type { Finding } from '../failure/finding.ts';
import { introducedBy, introductionBy } from '../node/plugins/introduction.ts';
import type { Action } from '../node/plugins/plan.ts';
import type { Trial } from '../node/plugins/proof.ts';
import { tryAll } from '../node/plugins/proofs.ts';
import type { Survey } from '../node/plugins/survey.ts';
import { namesAtHand, type PresentSet, type SetRequest } from './fulfilment.ts';
import { dynamicNotes } from './notes/dynamic.ts';
import { keptNotes } from './notes/kept.ts';
import { unjudgedAmong } from './notes/unjudged.ts';
import type { Rules } from './plan-set.ts';

/**
 * Every name that is wanted is there, for this machine, and runs: whoever placed it, of whatever release.
 * @throws Failure `node` that names what is missing or does not work
 */
export async function takeAsItIs(
  { wish }: Pick<SetRequest, 'wish'>,
  { inventory, claims, ledger, findings }: Survey,
  rules: Rules,
): Promise<PresentSet> {
  const { binDir } = rules;
  const names = namesAtHand({ wish });
  if (names.length === 0)
    throw cannotPlace([], binDir, 'which plugins are wanted is not known before the archive is read');
  const absent = names.filter((name) => (inventory.get(name)?.kind ?? 'absent') === 'absent');
  if (absent.length > 0) throw cannotPlace(absent, binDir, `${absent.join(', ')} can't be placed there`);
  const paths = names.map((name) => [name, join(binDir, name)] as const);
  const trials = await tryAll(paths, rules);
  const broken = [...trials].flatMap(([name, trial]) =>
    trial.works === false ? [{ name, because: trial.because }] : [],
  );
  const [first] = broken;
  if (first !== undefined) {
    const failing = broken.map(({ name }) => name);
    throw cannotPlace(failing, binDir, first.because);
  }
  const plan = names.map((name): Action => {
    const observed = inventory.get(name);
    const isOurs = observed?.kind === 'file' && observed.sha256 === claims.get(name)?.sha256;
    return { do: 'leave', name, as: isOurs ? 'intact' : 'kept' };
  });
  return {
    word: 'unchanged',
    version: ledger?.generation.version,
    plan,
    findings: [...findings, readOnlyNote(binDir), ...notesOn(plan, trials, binDir, wish.version)],
    failure: undefined,
  };
}

/** What is told of plugins of others wherever they are kept. */
function notesOn(
  plan: readonly Action[],
  trials: ReadonlyMap<string, Trial>,
  binDir: string,
  release: string,
): Finding[] {
  const kept = plan.filter(
    ({ name, ...action }) =>
      action.do === 'leave' && action.as === 'kept' && trials.get(name)?.works === true,
  );
  const introduced = kept.map(
    ({ name }) => [name, introducedBy(introductionBy(trials.get(name), join(binDir, name)))] as const,
  );
  const proofs = [...trials.values()].flatMap((trial) => (trial.works === true ? [trial.proof] : []));
  return [
    ...keptNotes(Object.fromEntries(introduced), release),
    ...dynamicNotes(proofs),
    ...unjudgedAmong(trials),
  ];
}

function cannotPlace(plugins: readonly string[], binDir: string, because: string): Failure {
  return new Failure('node-read-only', {
    message: `the CNI bin dir ${binDir} is on a read-only file system, and ${because}`,
    plugins,
  });
}

function readOnlyNote(binDir: string): Finding {
  return {
    code: 'bin-dir-read-only',
    message: `the CNI bin dir ${binDir} is read-only: its plugins work and are used as they are, but nothing can be recorded, repaired or undone there`,
  };
}
