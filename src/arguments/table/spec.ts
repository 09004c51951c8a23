// What the table of options says about each.

import type { Verb } from '../verbs.ts';

/** How an option's text is read. Every value arrives as text, from a flag or from the environment. */
export type OptionKind = 'text' | 'list' | 'boolean' | 'integer' | 'duration' | 'choice';

export interface OptionSpec {
  readonly kind: OptionKind;
  readonly env?: string;
  /** Accepted words of a `choice`. */
  readonly choices?: readonly string[];
  /** Those of the words that not every verb takes, with the verbs that do. */
  readonly choicesOnlyIn?: Readonly<Record<string, readonly Verb[]>>;
  /** What holds when nothing is given: read in the same way as a value that is given. */
  readonly default?: string;
  /** The same in words, where it is not one text but follows from something else. */
  readonly otherwise?: string;
  readonly placeholder?: string;
  readonly meaning: string;
  readonly verbs: readonly Verb[];
  /** What is said otherwise of it where another verb than the first takes it. */
  readonly inVerb?: Readonly<
    Partial<Record<Verb, Pick<OptionSpec, 'meaning' | 'otherwise' | 'env' | 'default'>>>
  >;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
