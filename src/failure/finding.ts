// A thing worth telling an operator that did not end the run.

import type { FindingCode } from './codes.ts';

/** A warning of a run, or a finding of an audit. Same shape in the log, the report and `verify --output json`. */
export interface Finding<Code extends FindingCode = FindingCode> {
  /** Stable name of the case, for machines. */
  readonly code: Code;
  /** One sentence: the thing, the place, what was wanted, what was found. Lower case at the start, no full stop. */
  readonly message: string;
  /** What the operator does next. In the same form. */
  readonly hint?: string;
}
