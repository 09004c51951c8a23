// Promises of the table of codes: closed, without a dead row, in one voice, and one kind and one exit status for each.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeTables } from '../../../src/dev/generate/code-tables.ts';
import { codeTable } from '../../../src/failure/codes.ts';
import { statusOf } from '../../../src/failure/exit-statuses.ts';
import { Failure } from '../../../src/failure/failure.ts';
import { faultsInVoice } from '../../support/voice.ts';

const root = join(import.meta.dirname, '../../..');

interface Row {
  readonly group: string;
  readonly code: string;
  readonly means: string;
  readonly remedy?: string;
}

const rows: readonly Row[] = Object.entries(codeTable).flatMap(([group, entries]) =>
  Object.entries(entries as Record<string, Omit<Row, 'group' | 'code'>>).map(([code, entry]) => ({
    group,
    code,
    ...entry,
  })),
);

function sourcesOutsideTheTable(): string {
  const files = globSync('src/**/*.ts', { cwd: root, exclude: ['src/failure/codes/**', 'src/dev/**'] });
  return files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
}

describe('the table of codes', () => {
  it('has each code once', () => {
    const homes = Map.groupBy(rows, ({ code }) => code);

    expect([...homes].filter(([, same]) => same.length > 1).map(([code]) => code)).toEqual([]);
  });

  it('has no code that nothing comes to', () => {
    const source = sourcesOutsideTheTable();

    expect(rows.filter(({ code }) => !source.includes(`'${code}'`)).map(({ code }) => code)).toEqual([]);
  });

  it.each(rows)('speaks of $code in one voice', ({ means, remedy }) => {
    expect(faultsInVoice(means)).toEqual([]);
    expect(remedy === undefined ? [] : faultsInVoice(remedy)).toEqual([]);
  });
});

it('docs/troubleshooting.md explains every code, and no other', () => {
  const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');

  expect(page).toContain(`<!-- codes: generated -->\n\n${codeTables()}\n\n<!-- codes: end -->`);
});

describe('a failure', () => {
  it('has the kind, the exit status and the next step of its code', () => {
    const failure = new Failure('dns', { message: 'no such host name' });

    expect(failure).toMatchObject({
      kind: 'acquisition',
      exitStatus: statusOf('acquisition'),
      hint: codeTable.acquisition.dns.remedy,
    });
  });

  it('has the more particular step where there is one', () => {
    expect(new Failure('dns', { message: 'm', hint: 'ask the resolver' })).toMatchObject({
      hint: 'ask the resolver',
    });
  });
});
