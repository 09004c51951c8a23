// Notes beside a partial file: of which URL its bytes are, and of which representation there.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { removeFile } from '../../lib/files/remove.ts';
import type { Representation } from '../resume.ts';
import { redactUrl } from '../url.ts';

const schema = 1;

function notesPath(partialPath: string): string {
  return `${partialPath}.json`;
}

export function writeNotes(partialPath: string, url: URL, representation: Representation): void {
  const notes = { schema, url: redactUrl(url), ...representation };
  writeFileSync(notesPath(partialPath), `${JSON.stringify(notes)}\n`, { mode: 0o600 });
}

/** Undefined for notes that are absent, unreadable or not about this URL: then there is nothing to continue. */
export async function readNotes(partialPath: string, url: URL): Promise<Representation | undefined> {
  const path = notesPath(partialPath);
  if (!existsSync(path)) return undefined;
  const { notesIn } = await import('./notes-shape.ts');
  try {
    return notesIn(readFileSync(path, 'utf8'), schema, redactUrl(url));
  } catch {
    return undefined;
  }
}

export function discardNotes(partialPath: string): void {
  removeFile(notesPath(partialPath));
}
