// What was read of a node, or why it could not be: the two are never taken for one another.

import { errnoOf } from '../lib/errno.ts';

export type Seen<Value> =
  | { readonly seen: true; readonly value: Value }
  /** Why not, as it can stand behind "not looked at:". */
  | { readonly seen: false; readonly why: string };

export function seenAs<Value>(value: Value): Seen<Value> {
  return { seen: true, value };
}

export function unseen(why: string): { readonly seen: false; readonly why: string } {
  return { seen: false, why };
}

/** What the look gives; a refusal of the kernel becomes the reason, anything else is a bug and is thrown. */
export function lookAt<Value>(what: string, look: () => Value): Seen<Value> {
  try {
    return seenAs(look());
  } catch (error) {
    return unseen(whyNot(what, error));
  }
}

/** Why a thing could not be looked at. Rethrows what the kernel did not refuse. */
export function whyNot(what: string, error: unknown): string {
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  return `${what} can't be read (${errno})`;
}

/** The same knowledge in another form. */
export function mapSeen<Value, Other>(known: Seen<Value>, turn: (value: Value) => Other): Seen<Other> {
  return known.seen ? seenAs(turn(known.value)) : known;
}

/** Knowledge that depends on other knowledge. */
export function thenSeen<Value, Other>(known: Seen<Value>, look: (value: Value) => Seen<Other>): Seen<Other> {
  return known.seen ? look(known.value) : known;
}

/** What is there, else what stands for nothing. */
export function orElse<Value>(known: Seen<Value>, nothing: Value): Value {
  return known.seen ? known.value : nothing;
}
