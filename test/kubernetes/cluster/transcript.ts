// Holds the transcript in the docs to what was really typed and answered.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { project } from '../../support/project.ts';

/** Leaves the transcript in build/kubernetes; fails where docs/transcript.txt, which docs/transcript.md shows, has another one. */
export function expectInDocs(transcript: string): void {
  mkdirSync(join(project, 'build/kubernetes'), { recursive: true });
  writeFileSync(join(project, 'build/kubernetes/transcript.txt'), transcript);
  const shown = readFileSync(join(project, 'docs/transcript.txt'), 'utf8');
  expect(transcript, 'to renew it: cp build/kubernetes/transcript.txt docs/ && make generate').toBe(shown);
}
