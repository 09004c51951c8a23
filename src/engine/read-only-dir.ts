// A bin dir that is read-only, as on immutable systems with plugins baked in: what is there is taken as it is, if it does.

import { join } from 'node:path';
import { Failure } from '../failure/failure.ts';
import type { Finding } from '../failure/finding.ts';
import type { Action } from '../node/plugins/plan.ts';
import { tryAll } from '../node/plugins/proofs.ts';
import type { Survey } from '../node/plugins/survey.ts';
import type { PresentSet } from './fulfilment.ts';
import type { Rules } from './plan-set.ts';

/**
 * Every name that is wanted is there, for this machine, and runs: whoever placed it, of whatever release.
 * @throws Failure `node` that names what is missing or does not work
 */
export async function takeAsItIs(
  names: readonly string[],
  { inventory, claims, ledger, findings }: Survey,
  rules: Rules,
): Promise<PresentSet> {
  const { binDir } = rules;
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
  const version = ledger?.generation.version;
  return {
    word: 'unchanged',
    version,
    plan,
    findings: [...findings, readOnlyNote(binDir)],
    failure: undefined,
  };
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
