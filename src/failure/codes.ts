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

const entries: ReadonlyMap<string, { readonly group: keyof Table; readonly remedy: string | undefined }> =
  new Map(
    Object.entries(codeTable).flatMap(([group, codes]) =>
      Object.entries<MildEntry>(codes).map(([code, { remedy }]) => [
        code,
        { group: group as keyof Table, remedy },
      ]),
    ),
  );

/** The kind that a code belongs to. */
export function kindOf(code: FailureCode): FailureKind {
  return entries.get(code)?.group as FailureKind;
}

/** What the operator does next, where nothing more particular is known. Only a warning may have nothing. */
export function remedyOf<Code extends TroubleCode | FindingCode>(code: Code): RemedyOf<Code> {
  return entries.get(code)?.remedy as RemedyOf<Code>;
}

type EntryOf<Code> = {
  [Group in keyof Table]: Code extends keyof Table[Group] ? Table[Group][Code] : never;
}[keyof Table];

type RemedyOf<Code> = EntryOf<Code> extends { readonly remedy: string } ? string : string | undefined;
