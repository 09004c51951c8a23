// From a pasted text and a diagnosis to an explanation: is that text's cause on this node, now? Pure.

import { type CheckResult, type Diagnosis, resultOfCheck } from '../diagnose.ts';
import { type KnownTextId, knownText } from './known-texts.ts';
import { nearestTexts, recognise, type Recognised } from './recognise.ts';

/** `here`: a check found it. `not-here`: that text, but not on this node now. `unknown`: it could not be looked at. */
export type TextStanding =
  | { readonly is: 'here'; readonly found: CheckResult; readonly root: CheckResult }
  | { readonly is: 'not-here'; readonly looked: CheckResult }
  | { readonly is: 'unknown'; readonly why: string };

export interface ExplainedText extends Recognised {
  readonly means: string;
  readonly standing: TextStanding;
  /** What to do where no check can tell more. */
  readonly otherwise: string | undefined;
}

export interface Explanation {
  readonly texts: readonly ExplainedText[];
  /** For a text of which nothing was recognised. */
  readonly nearest: readonly KnownTextId[];
}

export function explainText(text: string, diagnosis: Diagnosis): Explanation {
  const recognised = recognise(text);
  return {
    texts: recognised.map((one) => ({
      ...one,
      means: knownText(one.id).means,
      otherwise: knownText(one.id).otherwise,
      standing: standingOf(one, diagnosis),
    })),
    nearest: recognised.length > 0 ? [] : nearestTexts(text),
  };
}

function standingOf({ id, about }: Recognised, diagnosis: Diagnosis): TextStanding {
  const results = knownText(id).leadsTo.map((check) => resultOfCheck(check, diagnosis));
  const found = results.find((result) => result.result === 'finding' && isAbout(result, about));
  if (found !== undefined) return { is: 'here', found, root: rootOf(found, diagnosis) };
  const blind = results.find(({ result, moot }) => result === 'skipped' && !moot);
  const [first] = results;
  if (first === blind && blind !== undefined) return { is: 'unknown', why: blind.message ?? '' };
  const looked = results.find(({ result }) => result !== 'skipped');
  if (looked !== undefined) return { is: 'not-here', looked };
  return { is: 'unknown', why: first?.message ?? 'there is nothing on a node to look at for it' };
}

/** A finding that names what it is about speaks for that alone. */
function isAbout({ subjects }: CheckResult, about: string | undefined): boolean {
  return about === undefined || subjects === undefined || subjects.includes(about);
}

function rootOf(result: CheckResult, diagnosis: Diagnosis): CheckResult {
  return result.because === undefined ? result : rootOf(resultOfCheck(result.because, diagnosis), diagnosis);
}
