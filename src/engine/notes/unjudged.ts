// What is told of links that lead out of our container, to where they can't be followed. Pure.

import { remedyOf } from '../../failure/codes.ts';
import type { Finding } from '../../failure/finding.ts';
import type { Trial } from '../../node/plugins/proof.ts';

export function unjudgedAmong(trials: ReadonlyMap<string, Trial>): Finding[] {
  return [...trials].flatMap(([name, trial]) =>
    trial.works === 'unknown' ? [unjudgedNote(name, trial.because)] : [],
  );
}

export function unjudgedNote(name: string, because: string): Finding {
  const code = 'plugin-unjudged';
  const message = `${name} is another installer's, and can't be judged from here: ${because}`;
  return { code, message, hint: remedyOf(code) };
}
