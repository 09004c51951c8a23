// Promises of the log: one line for each call whatever is in it, machine-readable when asked for, quiet below its level.

import { describe, expect, it } from 'vitest';
import { createLog, type LogFacts, type LogFormat, type LogLevel } from '../../../src/lib/log.ts';

function written(
  format: LogFormat,
  message: string,
  facts?: LogFacts,
  levels: { level?: LogLevel; at?: LogLevel } = {},
): string[] {
  const lines: string[] = [];
  const { level = 'debug', at = 'info' } = levels;
  const now = (): number => Date.UTC(2026, 0, 2, 3, 4, 5);
  createLog({ format, level, now, write: (line) => lines.push(line) })[at](message, facts);
  return lines;
}

describe('text', () => {
  it.each<[facts: LogFacts, line: string]>([
    [{}, 'done\n'],
    [{ count: 3, ok: true }, 'done count=3 ok=true\n'],
    [{ names: ['a', 'b'] }, 'done names=a,b\n'],
    [{ text: 'two words' }, 'done text="two words"\n'],
    [{ text: 'a="b"' }, 'done text="a=\\"b\\""\n'],
    [{ text: '' }, 'done text=""\n'],
    [{ nothing: undefined }, 'done\n'],
  ])('has facts behind the message: %j', (facts, line) => {
    expect(written('text', 'done', facts)).toEqual([line]);
  });

  it.each<[at: LogLevel, line: string]>([
    ['debug', 'debug: done\n'],
    ['info', 'done\n'],
    ['warn', 'warn: done\n'],
    ['error', 'error: done\n'],
  ])('says its level, but for the usual one: %s', (at, line) => {
    expect(written('text', 'done', {}, { at })).toEqual([line]);
  });

  it.each(['a\nb', 'a\r\nb', 'a\u0000b', 'a\u001bb', 'a\u007fb', 'a\t\tb'])(
    'stays one line without control characters: %j',
    (message) => {
      expect(written('text', message, { fact: message })).toEqual([
        expect.stringMatching(/^a b fact=[^\n]*\n$/),
      ]);
      expect(written('text', message)).toEqual(['a b\n']);
    },
  );

  it.each(['a\u009b31mb', 'a\u0085b'])(
    'has no control characters beyond ASCII either, which terminals obey: %j',
    (message) => {
      expect(written('text', message)).toEqual([expect.not.stringMatching(/[\u0080-\u009f]/)]);
    },
  );
});

describe('JSON', () => {
  it('is one object a line, with time, level, message and the facts', () => {
    const [line = '', ...more] = written('json', 'done\nreally', { names: ['a'], count: 3 }, { at: 'warn' });
    expect(more).toEqual([]);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toEqual({
      time: '2026-01-02T03:04:05.000Z',
      level: 'warn',
      message: 'done\nreally',
      names: ['a'],
      count: 3,
    });
  });
});

describe('the level', () => {
  const order = ['debug', 'info', 'warn', 'error'] as const;

  it.each(order.flatMap((level) => order.map((at): [LogLevel, LogLevel] => [level, at])))(
    '%s decides about a line of %s',
    (level, at) => {
      const isWritten = order.indexOf(at) >= order.indexOf(level);
      expect(written('text', 'done', {}, { level, at })).toHaveLength(isWritten ? 1 : 0);
    },
  );
});
