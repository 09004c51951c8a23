// A word from one start of the container to the next, when the bin dir was replaced under it and took the record along.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileDurably } from '../lib/files/atomic-file.ts';
import { removeFile } from '../lib/files/remove.ts';
import type { Generation } from '../node/state/ledger.ts';
import { parseLedger } from '../node/state/ledger.ts';
import { recordOfText } from '../lib/record.ts';

export interface HandOver {
  /** How often the bin dir was replaced since the pod started. */
  readonly replacements: number;
  /** What the node had, and shall have again; undefined where it had nothing of ours. */
  readonly generation: Generation | undefined;
}

const nothingHandedOver: HandOver = { replacements: 0, generation: undefined };

function noteIn(scratch: string): string {
  return join(scratch, 'cni-plugins-installer.hand-over.json');
}

/** What the start before left; nothing where there was none, or the note makes no sense. */
export function readHandOver(scratch: string): HandOver {
  try {
    const note = recordOfText(readFileSync(noteIn(scratch), 'utf8'));
    return note === undefined ? nothingHandedOver : handOverIn(note);
  } catch {
    return nothingHandedOver;
  }
}

function handOverIn({ replacements, generation }: Record<string, unknown>): HandOver {
  const ledger = JSON.stringify({ schema: 1, generation, originals: {} });
  const reading = parseLedger(ledger, 'the note');
  return {
    replacements: Number.isSafeInteger(replacements) ? Number(replacements) : 0,
    generation: reading.kind === 'ledger' ? reading.ledger.generation : undefined,
  };
}

/** Node's own errors where the place can't be written; then the next start knows nothing, and says so by its metrics. */
export function leaveHandOver(scratch: string, handOver: HandOver): void {
  const path = noteIn(scratch);
  writeFileDurably(path, JSON.stringify(handOver), `${path}.new`);
}

export function forgetGeneration(scratch: string, { replacements }: HandOver): void {
  if (replacements > 0) leaveHandOver(scratch, { replacements, generation: undefined });
  else removeFile(noteIn(scratch));
}
