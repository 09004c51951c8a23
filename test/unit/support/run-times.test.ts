// The budget of a whole run of the tests, and what is told of it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { project } from '../../support/project.ts';
import { type ProjectTimes, tableOf, timesOf } from '../../support/run-times.ts';

const projects: readonly ProjectTimes[] = [
  {
    name: 'unit',
    seconds: 120,
    files: [
      { name: 'test/unit/a.test.ts', seconds: 60 },
      { name: 'test/unit/b.test.ts', seconds: 90.4 },
    ],
  },
  { name: 'node', seconds: 421, files: [{ name: 'test/node/c.test.ts', seconds: 420 }] },
];
const allThere = 'helm v3.21.4: there\nkubectl v1.34.4: there\n';
const oneMade = 'helm v3.21.4: there\nkubectl v1.34.4: made in 71 s\n';

describe('the times of a run', () => {
  it('know a cold run by the very word of tools.sh', () => {
    const script = readFileSync(join(project, 'test/setup/tools.sh'), 'utf8');
    const [, word = ''] = /echo "(\$tool \$version: made .*)"/.exec(script) ?? [];

    expect(timesOf([], 0, word.replace('$((SECONDS - started))', '71')).kind).toBe('cold');
  });

  it('are told with the slowest first', () => {
    expect(tableOf(timesOf(projects, 11 * 60, allThere)).split('\n')).toEqual([
      'warm run: 11:00 of 20:00',
      '    7:01  node',
      '    2:00  unit',
      'slowest files:',
      '    7:00  test/node/c.test.ts',
      '    1:30  test/unit/b.test.ts',
      '    1:00  test/unit/a.test.ts',
    ]);
  });

  it.each([
    ['warm', allThere, 20 * 60, false],
    ['warm', allThere, 20 * 60 + 1, true],
    ['cold', oneMade, 60 * 60, false],
    ['cold', oneMade, 60 * 60 + 1, true],
  ] as const)(
    'are those of a %s run by what was compiled (%j); %i s are over its budget: %s',
    (kind, log, seconds, isOver) => {
      const times = timesOf(projects, seconds, log);

      expect(times).toMatchObject({ kind, isOver });
      expect(tableOf(times).includes('OVER ITS BUDGET')).toBe(isOver);
    },
  );

  it.each([
    [allThere, 60 * 60, false],
    [allThere, 60 * 60 + 1, true],
    [oneMade, 180 * 60, false],
    [oneMade, 180 * 60 + 1, true],
  ])('refuse (%j) a run of %i s only where no slow machine explains it: %s', (log, seconds, isFarOver) => {
    expect(timesOf(projects, seconds, log).isFarOver).toBe(isFarOver);
  });
});
