// Every known error text, by its id: a closed union. Pure.

import type { KnownText } from './known-text.ts';
import { multusTexts } from './multus-texts.ts';
import { pluginTexts } from './plugin-texts.ts';
import { runtimeTexts } from './runtime-texts.ts';

export const knownTexts = { ...runtimeTexts, ...multusTexts, ...pluginTexts };

export type KnownTextId = keyof typeof knownTexts;

export const knownTextIds = Object.keys(knownTexts) as readonly KnownTextId[];

export function knownText(id: KnownTextId): KnownText {
  return knownTexts[id];
}
