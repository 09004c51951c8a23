// What is known of one error text. Types only.

import type { Asked } from '../../facts/node-facts.ts';
import type { CheckId } from '../ids.ts';

export interface KnownText {
  /** Of a line in which `\"` has become `"`. Its first group is the thing that the text is about, where it names one. */
  readonly pattern: RegExp;
  /** One such text, for people; the names in it stand for any. */
  readonly sample: string;
  /** In the form of a message. */
  readonly means: string;
  /** The likeliest first. Where none of them can be seen, the text has no cause that a look at the node would show. */
  readonly leadsTo: readonly CheckId[];
  /** What has to be looked at beside what is looked at anyway. */
  readonly asks?: (about: string) => Partial<Asked>;
  /** What to do where no check can tell more. */
  readonly otherwise?: string;
}

export type KnownTexts = Readonly<Record<string, KnownText>>;
