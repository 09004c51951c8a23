// Finds known error texts in whatever somebody pasted: a pod's description, a kubelet's log. Pure.

import type { Asked } from '../../facts/node-facts.ts';
import { wordsInCommon } from '../../lib/text/words-in-common.ts';
import { type KnownTextId, knownText, knownTextIds } from './known-texts.ts';

export interface Recognised {
  readonly id: KnownTextId;
  /** The words of the text by which it was known. */
  readonly words: string;
  /** The thing that it is about; undefined where it names none. */
  readonly about: string | undefined;
}

/** Each known text once for each thing that it is about, in the order in which they stand. */
export function recognise(text: string): readonly Recognised[] {
  const found = loggedLines(text).flatMap(recogniseIn);
  const byKey = new Map(found.toReversed().map((one) => [`${one.id} ${one.about ?? ''}`, one]));
  return [...byKey.values()].toReversed();
}

/** A quotation within a quotation comes as `\\\\"`. */
function loggedLines(text: string): string[] {
  return text.replaceAll(/\\+"/g, '"').split(/\r?\n|\\n/);
}

function recogniseIn(line: string): Recognised[] {
  return knownTextIds.flatMap((id) => {
    const every = new RegExp(knownText(id).pattern, `${knownText(id).pattern.flags.replace('g', '')}g`);
    return [...line.matchAll(every)].map((match) => ({ id, words: match[0], about: match[1] }));
  });
}

/** What all of them want looked at. */
export function askedBy(recognised: readonly Recognised[]): Asked {
  const asks = recognised.map(({ id, about }) => knownText(id).asks?.(about ?? '') ?? {});
  const all = (pick: (one: Partial<Asked>) => readonly string[] | undefined): string[] => [
    ...new Set(asks.flatMap((one) => pick(one) ?? [])),
  ];
  return {
    plugins: all(({ plugins }) => plugins),
    interfaces: all(({ interfaces }) => interfaces),
    paths: all(({ paths }) => paths).filter((path) => path.startsWith('/')),
    inotify: asks.some(({ inotify }) => inotify === true),
  };
}

/** The known texts that have most in common with one that is not known. */
export function nearestTexts(text: string, count = 3): readonly KnownTextId[] {
  const ranked = knownTextIds
    .map((id) => ({ id, common: wordsInCommon(text, `${knownText(id).sample} ${knownText(id).means}`) }))
    .toSorted((a, b) => b.common - a.common);
  return ranked.slice(0, count).map(({ id }) => id);
}
