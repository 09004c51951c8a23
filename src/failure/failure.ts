// The one typed error for everything that was foreseen; whatever else is thrown is a bug.

/**
 * What kind of thing went wrong. A kind is an exit status (README, "Exit status"); a code says which case of it.
 */
export const exitStatusOf = {
  usage: 2,
  acquisition: 3,
  digest: 4,
  content: 5,
  node: 6,
  plugin: 7,
  sharing: 8,
} as const;

export type FailureKind = keyof typeof exitStatusOf;

export interface FailureFacts {
  /** Stable name of the case, for machines: `digest-mismatch`, `bin-dir-absent`, … */
  readonly code: string;
  /** One sentence: the thing, the place, what was wanted, what was found. No credentials, no newline. */
  readonly message: string;
  /** What the operator does next. */
  readonly hint?: string | undefined;
  /** Particulars, a line each, for people who look closer. */
  readonly details?: readonly string[] | undefined;
  /** Names of the plugins that are not as requested because of this. */
  readonly plugins?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/**
 * A failure that a user can meet. Carries facts as fields; prose is for people only and is never parsed.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: readonly string[];
  readonly plugins: readonly string[];

  constructor(kind: FailureKind, facts: FailureFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = kind;
    this.code = facts.code;
    this.hint = facts.hint;
    this.details = facts.details ?? [];
    this.plugins = facts.plugins ?? [];
  }

  get exitStatus(): number {
    return exitStatusOf[this.kind];
  }
}
