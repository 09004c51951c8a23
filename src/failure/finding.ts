// A thing worth telling an operator that did not end the run.

/** A warning of a run, or a finding of an audit. Same shape in the log, the report and `verify --output json`. */
export interface Finding {
  /** Stable name of the case, for machines. */
  readonly code: string;
  /** One sentence: the thing, the place, what was wanted, what was found. */
  readonly message: string;
  /** What the operator does next. */
  readonly hint?: string;
}
