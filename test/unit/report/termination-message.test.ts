// Promises of the report: at most 2 KiB whatever goes in, whole JSON, the sentence for people first.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/failure/failure.ts';
import { Interruption } from '../../../src/failure/interruption.ts';
import { failedOutcome } from '../../../src/report/failed-outcome.ts';
import { fatesOf, noPlugins, type Outcome } from '../../../src/report/result.ts';
import { planText } from '../../../src/report/plan-text.ts';
import { maxReportBytes, reportOf, terminationMessage } from '../../../src/report/termination-message.ts';
import { summaryOf } from '../../../src/report/summary.ts';

const frame = { platform: 'linux/amd64', durationMs: 412 };

function outcome(facts: Partial<Outcome> = {}): Outcome {
  return {
    outcome: 'installed',
    version: 'v1.9.1',
    plugins: { ...noPlugins, placed: ['bridge', 'macvlan'] },
    findings: [],
    plan: [],
    dryRun: false,
    sharingMode: 'off',
    sharing: undefined,
    trouble: undefined,
    ...facts,
  };
}

function messageOf(facts: Partial<Outcome>): string {
  return terminationMessage(reportOf(outcome(facts), frame));
}

function trouble(message: string, hint = 'do this next'): NonNullable<Outcome['trouble']> {
  return { code: 'dns', exitStatus: 3, message, hint, details: [], plugins: [] };
}

describe('a report', () => {
  it('of a success has what the contract says, in this order', () => {
    const report = reportOf(outcome(), frame);
    const promised = ['summary', 'schema', 'outcome', 'version', 'platform', 'plugins', 'durationMs'];
    expect(Object.keys(report).filter((key) => promised.includes(key))).toEqual(promised);
    expect(report).toMatchObject({ schema: 1, outcome: 'installed', version: 'v1.9.1', durationMs: 412 });
  });

  it('of a failure has the error with its status and next step', () => {
    expect(
      reportOf(outcome({ outcome: 'failed', version: undefined, trouble: trouble('no archive') }), frame),
    ).toMatchObject({
      summary: 'Failed: no archive; what to do: do this next',
      version: null,
      error: { code: 'dns', exitStatus: 3, message: 'no archive', hint: 'do this next' },
    });
  });

  it('of sharing says mode, what changed, and whether the mounts are shared', () => {
    const sharing = { mode: 'rshared', shared: true, changed: ['/'], mounts: [], findings: [] } as const;
    expect(reportOf(outcome({ sharing }), frame)).toMatchObject({
      mounts: { mode: 'rshared', changed: ['/'], shared: true },
    });
    expect(reportOf(outcome({ sharing: { ...sharing, shared: undefined } }), frame)).toMatchObject({
      mounts: { shared: null },
    });
  });

  it('of a dry run says so', () => {
    expect(reportOf(outcome({ dryRun: true }), frame)).toMatchObject({ dryRun: true });
  });
});

describe('the termination message', () => {
  it.each<[what: string, facts: Partial<Outcome>]>([
    ['a long message', { outcome: 'failed', trouble: trouble('x'.repeat(50_000)) }],
    ['a long hint', { outcome: 'failed', trouble: trouble('short', 'y'.repeat(50_000)) }],
    [
      'a message of many-byte characters',
      { outcome: 'failed', trouble: trouble('💥'.repeat(9_000), 'é'.repeat(9_000)) },
    ],
    [
      'a message of characters that JSON escapes',
      { outcome: 'failed', trouble: trouble('\u0001"\\'.repeat(9_000)) },
    ],
    [
      'many plugins',
      { plugins: { ...noPlugins, placed: Array.from({ length: 5_000 }, (_, index) => `plugin-${index}`) } },
    ],
    [
      'many long warnings',
      { findings: Array.from({ length: 500 }, () => ({ code: 'plugin-kept', message: 'w'.repeat(5_000) })) },
    ],
    [
      'all of it',
      {
        outcome: 'degraded',
        plugins: {
          placed: ['p'.repeat(3_000)],
          intact: ['i'.repeat(3_000)],
          kept: [],
          failed: ['f'.repeat(3_000)],
        },
        trouble: trouble('💥'.repeat(9_000), '\u0002'.repeat(9_000)),
        findings: Array.from({ length: 500 }, () => ({
          code: 'plugin-kept',
          message: '\u2028'.repeat(5_000),
        })),
        sharing: {
          mode: 'rshared',
          shared: false,
          changed: Array.from({ length: 900 }, (_, index) => `/${'m'.repeat(300)}/${index}`),
          mounts: [],
          findings: [],
        },
      },
    ],
  ])('of %s is one line of JSON in 2 KiB, its summary first', (_what, facts) => {
    const message = messageOf(facts);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(maxReportBytes);
    expect(message).not.toContain('\n');
    expect(Object.keys(JSON.parse(message) as object)[0]).toBe('summary');
  });

  it('keeps to 2 KiB for anything at all', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4_000 });
    const names = fc.array(text, { maxLength: 60 });
    const anything = fc.record({ message: text, hint: text, placed: names, failed: names, warnings: names });
    const isBounded = fc.property(anything, ({ message, hint, placed, failed, warnings }) => {
      const written = messageOf({
        outcome: 'degraded',
        plugins: { ...noPlugins, placed, failed },
        trouble: trouble(message, hint),
        findings: warnings.map((warning) => ({ code: 'plugin-kept', message: warning })),
      });
      return Buffer.byteLength(written) <= maxReportBytes && typeof JSON.parse(written) === 'object';
    });
    expect(fc.check(isBounded, { numRuns: 100 })).toMatchObject({ failed: false });
  });

  it('says how many were left out of a list', () => {
    const placed = Array.from({ length: 900 }, (_, index) => `plugin-${index}`);
    const { plugins } = JSON.parse(messageOf({ plugins: { ...noPlugins, placed } })) as Outcome;
    expect(plugins.placed.at(-1)).toBe(`… and ${900 - (plugins.placed.length - 1)} more`);
  });

  it('cuts the summary last: it is what people read', () => {
    const { summary, error } = JSON.parse(
      messageOf({
        outcome: 'failed',
        trouble: {
          ...trouble('m'.repeat(3_000), 'do this next'),
          brief: `the disk is full of ${'x'.repeat(300)}`,
        },
      }),
    ) as { summary: string; error: { message: string } };

    expect(summary).toContain('what to do: do this next');
    expect(error.message).toMatch(/…$/);
  });

  it('is the whole report when that fits', () => {
    const report = reportOf(outcome(), frame);
    expect(JSON.parse(terminationMessage(report))).toEqual(report);
  });

  it('does not cut a character in two', () => {
    const { error } = JSON.parse(messageOf({ outcome: 'failed', trouble: trouble('💥'.repeat(9_000)) })) as {
      error: { message: string };
    };
    expect(error.message.isWellFormed()).toBe(true);
  });
});

describe('the summary', () => {
  const shared = { mode: 'rshared', shared: true, changed: ['/'], mounts: [], findings: [] } as const;

  it.each<[facts: Partial<Outcome>, sentence: string]>([
    [{}, 'Installed 2 plugins of v1.9.1 (bridge, macvlan)'],
    [
      { plugins: { ...noPlugins, placed: ['static'], intact: ['bridge'] } },
      'Installed 1 plugin of v1.9.1 (static), 1 already intact',
    ],
    [
      { plugins: { ...noPlugins, placed: ['static'], kept: ['bridge', 'macvlan'] } },
      'Installed 1 plugin of v1.9.1 (static), 2 left to others (bridge, macvlan)',
    ],
    [{ plugins: { ...noPlugins, intact: ['bridge'] } }, '1 plugin of v1.9.1 intact'],
    [
      {
        plugins: { ...noPlugins, intact: ['bridge'] },
        plan: [
          { do: 'remove', name: 'macvlan' },
          { do: 'restore', name: 'portmap' },
        ],
      },
      '1 plugin of v1.9.1 intact, removed macvlan, gave back the original portmap',
    ],
    [{ outcome: 'unchanged', plugins: { ...noPlugins, intact: ['a', 'b'] } }, '2 plugins of v1.9.1 intact'],
    [
      { outcome: 'unchanged', plugins: { ...noPlugins, intact: ['a'], kept: ['b'] } },
      '1 plugin of v1.9.1 intact, 1 left to others (b)',
    ],
    [{ outcome: 'unchanged', version: undefined, plugins: noPlugins }, 'Nothing had to be changed'],
    [
      { outcome: 'repaired', plugins: { ...noPlugins, placed: ['a'] } },
      "Repaired 1 plugin of v1.9.1 (a) from the node's own store",
    ],
    [
      { outcome: 'degraded', version: 'v1.8.0', trouble: trouble('no mirror') },
      'The wished release could not be obtained, and the node keeps v1.8.0: no mirror; what to do: do this next',
    ],
    [{ sharing: shared }, 'Installed 2 plugins of v1.9.1 (bridge, macvlan); the mount / is now shared'],
    [
      { sharing: { ...shared, changed: [] } },
      'Installed 2 plugins of v1.9.1 (bridge, macvlan); the mounts were shared already',
    ],
    [
      { sharing: { ...shared, shared: false } },
      'Installed 2 plugins of v1.9.1 (bridge, macvlan); the mounts are NOT shared',
    ],
    [
      { outcome: 'rolled-back', plugins: { ...noPlugins, placed: ['a'], intact: ['b'] } },
      'Went back to v1.9.1: 1 plugin put back, 1 already intact',
    ],
    [
      {
        outcome: 'uninstalled',
        version: undefined,
        plugins: { ...noPlugins, kept: ['b'] },
        plan: [{ do: 'remove', name: 'a' }],
      },
      'Removed 1 plugin; b stays',
    ],
    [
      { outcome: 'failed', version: undefined, trouble: trouble('the disk is full') },
      'Failed: the disk is full; what to do: do this next',
    ],
    [
      {
        outcome: 'failed',
        version: 'v1.8.0',
        plugins: { ...noPlugins, intact: ['a', 'b'], failed: ['c'] },
        trouble: { ...trouble('the sha256 is a, wanted b or c'), brief: 'it is another archive' },
      },
      'Failed: it is another archive; what to do: do this next; the node has 2 plugins of v1.8.0 intact',
    ],
  ])('of %j is a sentence', (facts, sentence) => {
    expect(summaryOf(outcome(facts))).toBe(sentence);
  });
});

describe('the summary of a dry run', () => {
  const unshared = { mode: 'rshared', shared: false, changed: [], mounts: [], findings: [] } as const;

  it.each<[facts: Partial<Outcome>, sentence: string]>([
    [{}, 'would install 2 plugins of v1.9.1 (bridge, macvlan)'],
    [
      { sharing: unshared },
      'would install 2 plugins of v1.9.1 (bridge, macvlan); would share the mounts (rshared)',
    ],
    [
      { sharing: { ...unshared, shared: true } },
      'would install 2 plugins of v1.9.1 (bridge, macvlan); the mounts are shared already',
    ],
    [
      { outcome: 'repaired', plugins: { ...noPlugins, placed: ['a'] } },
      "would repair 1 plugin of v1.9.1 (a) from the node's own store",
    ],
    [
      { outcome: 'degraded', version: 'v1.8.0', trouble: trouble('no mirror') },
      'the wished release could not be obtained, and the node would keep v1.8.0: no mirror; what to do: do this next',
    ],
    [{ outcome: 'rolled-back' }, 'would go back to v1.9.1: 2 plugins to put back'],
    [
      {
        outcome: 'uninstalled',
        plan: [{ do: 'restore', name: 'a' }],
        plugins: { ...noPlugins, kept: ['b', 'c'] },
      },
      'would give back 1 of others; b, c would stay',
    ],
    [
      { outcome: 'failed', version: undefined, trouble: trouble('no room') },
      'this would fail: no room; what to do: do this next',
    ],
    [{ outcome: 'unchanged', version: undefined, plugins: noPlugins }, 'nothing would be changed'],
  ])('of %j says what would be', (facts, sentence) => {
    expect(summaryOf(outcome({ ...facts, dryRun: true }))).toBe(`Dry run, nothing was changed: ${sentence}`);
  });
});

describe('whatever was thrown', () => {
  it('is the failure that was foreseen, with the plugins it concerns', () => {
    const failure = new Failure('plugin-hangs', {
      message: 'm',
      hint: 'h',
      plugins: ['macvlan'],
    });
    expect(failedOutcome(failure, false)).toMatchObject({
      outcome: 'failed',
      plugins: { failed: ['macvlan'] },
      trouble: { code: 'plugin-hangs', exitStatus: 7, hint: 'h' },
    });
  });

  it('comes with what is known of the node', () => {
    const known = { version: 'v1.8.0', intact: ['bridge'], sharingMode: 'rshared' } as const;

    expect(reportOf(failedOutcome(new Error('oops'), false, known), frame)).toMatchObject({
      outcome: 'failed',
      version: 'v1.8.0',
      plugins: { intact: ['bridge'] },
      mounts: { mode: 'rshared', changed: [], shared: null },
    });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('is an interruption by %s', (signal, exitStatus) => {
    expect(failedOutcome(new Interruption(signal), false)).toMatchObject({
      trouble: { code: 'interrupted', exitStatus },
    });
  });

  it.each([[new TypeError('x is undefined')], ['a text'], [undefined], [null]])(
    'else is a bug: %s',
    (thrown) => {
      expect(failedOutcome(thrown, false)).toMatchObject({
        trouble: { code: 'bug', exitStatus: 1, hint: expect.any(String) },
      });
    },
  );

  it('that is a bug keeps its stack for whoever mends it', () => {
    expect(failedOutcome(new Error('oops'), false).trouble?.details[0]).toMatch(
      /^at .*termination-message\.test\.ts/,
    );
  });
});

describe('a plan as text', () => {
  it('has one line for each name, aligned, in words', () => {
    expect(
      planText([
        { do: 'place', name: 'bridge', because: 'absent', preserve: false },
        { do: 'leave', name: 'host-local', as: 'intact' },
        { do: 'refuse', name: 'macvlan', because: 'directory' },
      ]),
    ).toBe(
      [
        '  bridge      place    it is absent\n',
        '  host-local  leave    it is intact\n',
        '  macvlan     REFUSE   a directory is in its place\n',
      ].join(''),
    );
  });

  it('of nothing is nothing', () => {
    expect(planText([])).toBe('');
  });
});

describe('the fate of a plugin', () => {
  it('is placed, intact or kept by what was decided', () => {
    expect(
      fatesOf([
        { do: 'place', name: 'a', because: 'absent', preserve: false },
        { do: 'leave', name: 'b', as: 'intact' },
        { do: 'adopt', name: 'c' },
        { do: 'leave', name: 'd', as: 'kept' },
        { do: 'keep', name: 'e' },
        { do: 'remove', name: 'g' },
      ]),
    ).toEqual({ placed: ['a'], intact: ['b', 'c'], kept: ['d', 'e'], failed: [] });
  });
});
