// The closed table of what a failure, a warning or a finding can be about: the types and the page for operators come from it.

import { acquisitionCodes } from './codes/acquisition.ts';
import { contentCodes, digestCodes } from './codes/archive.ts';
import type { MildEntry } from './codes/entry.ts';
import { driftCodes, warningCodes } from './codes/finding.ts';
import { nodeCodes } from './codes/node.ts';
import { pluginCodes } from './codes/plugin.ts';
import { sharingCodes } from './codes/sharing.ts';
import { bugCodes, interruptionCodes } from './codes/unforeseen.ts';
import { usageCodes } from './codes/usage.ts';
import type { FailureKind } from './exit-statuses.ts';

/** By what it comes to: a failure of some kind, a warning of a run that goes on, drift that `verify` finds. */
export const codeTable = {
  usage: usageCodes,
  acquisition: acquisitionCodes,
  digest: digestCodes,
  content: contentCodes,
  node: nodeCodes,
  plugin: pluginCodes,
  sharing: sharingCodes,
  warning: warningCodes,
  drift: driftCodes,
  bug: bugCodes,
  interruption: interruptionCodes,
} as const;

type Table = typeof codeTable;

/** The codes of some kinds. */
export type CodeOf<Kind extends keyof Table> = { [K in Kind]: keyof Table[K] }[Kind];

export type FailureCode = CodeOf<FailureKind>;

/** Whatever a run can end by. */
export type TroubleCode = FailureCode | CodeOf<'bug' | 'interruption'>;

/**
 * Sharing that nobody required is a warning; a damaged store only stops the verb that needs it, an unknown variable a
 * strict run.
 */
export type FindingCode = CodeOf<'warning' | 'drift' | 'sharing'> | 'store-damaged' | 'unknown-variable';

/** The kind that a code belongs to. */
export function kindOf(code: FailureCode): FailureKind {
  return placeOf(code)[0] as FailureKind;
}

/** What the operator does next, where nothing more particular is known. Only a warning may have nothing. */
export function remedyOf<Code extends TroubleCode | FindingCode>(code: Code): RemedyOf<Code> {
  return placeOf(code)[1].remedy as RemedyOf<Code>;
}

/** Looked for when it is asked, by a run that has something to say: most have not. */
function placeOf(code: TroubleCode | FindingCode): readonly [group: string, entry: MildEntry] {
  for (const [group, codes] of Object.entries<Readonly<Record<string, MildEntry>>>(codeTable)) {
    const entry = Object.hasOwn(codes, code) ? codes[code] : undefined;
    if (entry !== undefined) return [group, entry];
  }
  throw new Error(`${code} is in no table of codes`);
}

type EntryOf<Code> = {
  [Group in keyof Table]: Code extends keyof Table[Group] ? Table[Group][Code] : never;
}[keyof Table];

type RemedyOf<Code> = EntryOf<Code> extends { readonly remedy: string } ? string : string | undefined;
