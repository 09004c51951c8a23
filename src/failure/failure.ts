// The one typed error for everything that was foreseen; whatever else is thrown is a bug.

import { type FailureCode, kindOf, remedyOf } from './codes.ts';
import { type FailureKind, statusOf } from './exit-statuses.ts';

export interface FailureFacts {
  /** One sentence: the thing, the place, what was wanted, what was found. No credentials, no newline. */
  readonly message: string;
  /** The same without lists and figures, for where there is little room. Absent: the message is short enough. */
  readonly brief?: string | undefined;
  /** What the operator does next, where more is known than the table of codes says. */
  readonly hint?: string | undefined;
  /** Particulars, a line each, for people who look closer. */
  readonly details?: readonly string[] | undefined;
  /** Names of the plugins that are not as requested because of this. */
  readonly plugins?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/**
 * A failure that a user can meet. Carries facts as fields; prose is for people only and is never parsed. Message and hint
 * begin in lower case and have no full stop, so that they can stand inside another sentence.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  /** Follows from the code. */
  readonly kind: FailureKind;
  readonly brief: string | undefined;
  readonly hint: string;
  readonly details: readonly string[];
  readonly plugins: readonly string[];

  constructor(code: FailureCode, facts: FailureFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.kind = kindOf(code);
    this.brief = facts.brief;
    this.hint = facts.hint ?? remedyOf(code);
    this.details = facts.details ?? [];
    this.plugins = facts.plugins ?? [];
  }

  get exitStatus(): number {
    return statusOf(this.kind);
  }
}
