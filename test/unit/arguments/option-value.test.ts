// Promises of reading one option's text: every spelling that is accepted, and every one that is not.

import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/failure/failure.ts';
import { OptionReader } from '../../../src/arguments/option-reader.ts';
import { parseBoolean, parseDurationMs } from '../../../src/arguments/option-value.ts';
import { type OptionName, optionNames, specOf } from '../../../src/arguments/options.ts';

function reading(name: OptionName, ...values: string[]): OptionReader<OptionName> {
  return new OptionReader({ verb: 'install', given: { [name]: { values, by: `--${name}` } } });
}

const nothingGiven = new OptionReader<OptionName>({ verb: 'install', given: {} });

/** The usage error that reading must end with. */
function refusal(read: () => unknown): Failure {
  try {
    read();
  } catch (error) {
    return error as Failure;
  }
  throw new Error('it was accepted');
}

describe('a boolean', () => {
  it.each(['true', 'TRUE', 'True', 'yes', 'Yes', 'YES', '1', ' true '])('%j is true', (text) => {
    expect(parseBoolean(text)).toBe(true);
  });

  it.each(['false', 'FALSE', 'no', 'No', '0', '0\n'])('%j is false', (text) => {
    expect(parseBoolean(text)).toBe(false);
  });

  it.each(['', 'on', 'off', 'y', 'n', 't', '2', '-1', 'truee', 'null', 'wahr'])('%j is neither', (text) => {
    expect(parseBoolean(text)).toBeUndefined();
  });

  it('is false when it was not given', () => {
    expect(nothingGiven.boolean('strict')).toBe(false);
  });
});

describe('a duration', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['250ms', 250],
    ['1h30m', 5_400_000],
    ['1m30s', 90_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each([
    '',
    '30',
    '0s',
    '0h0m',
    '-5m',
    '1.5m',
    '5 m',
    '5M',
    'm',
    '5minutes',
    '1e3s',
    'Infinity',
    '99999999999s',
  ])('%j is none', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });
});

describe('a whole number', () => {
  it.each([
    ['0', 0],
    ['5', 5],
    [' 12 ', 12],
    ['007', 7],
  ])('%j is %i', (text, number) => {
    expect(reading('retries', text).integer('retries')).toBe(number);
  });

  it.each(['abc', 'NaN', '-1', '+1', '1.0', '1.10', '1e3', '0x10', '5,6', '٣', '12345678901'])(
    '%j is none, and the error says by which name it came',
    (text) => {
      const error = refusal(() => reading('retries', text).integer('retries'));
      expect(error).toMatchObject({
        kind: 'usage',
        code: 'bad-value',
        message: expect.stringMatching(/^--retries is ".*wanted a whole number, 0 or more$/),
      });
    },
  );
});

describe('a list', () => {
  it.each<[values: string[], list: string[]]>([
    [['a,b'], ['a', 'b']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      ['a,b', 'c'],
      ['a', 'b', 'c'],
    ],
    [[' a , b '], ['a', 'b']],
    [
      ['a,b,a', 'b'],
      ['a', 'b'],
    ],
  ])('%j is %j', (values, list) => {
    expect(reading('plugins', ...values).list('plugins')).toEqual(list);
  });

  it.each(['a,,b', ',a', 'a,', ',', 'a, ,b'])('%j has an empty element, which is an error', (text) => {
    expect(refusal(() => reading('plugins', text).list('plugins'))).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('empty element'),
    });
  });

  it('that was not given is undefined, which is not the empty list', () => {
    expect(nothingGiven.list('skip')).toBeUndefined();
  });
});

describe('a choice', () => {
  it('is one of its words', () => {
    expect(reading('on-conflict', 'keep').choice('on-conflict')).toBe('keep');
  });

  it.each(['Keep', 'keeps', 'constructor', 'length'])(
    '%j is not one of them, and the error lists them',
    (text) => {
      expect(refusal(() => reading('on-conflict', text).choice('on-conflict')).message).toContain(
        'wanted one of replace, keep, fail',
      );
    },
  );
});

describe('a path', () => {
  it.each([
    ['/a/b/../c', '/a/c'],
    ['/a//b/', '/a/b'],
  ])('%s is %s', (text, path) => {
    expect(reading('archive', text).path('archive')).toBe(path);
  });
});

describe('a default', () => {
  const withDefault = optionNames.filter((name) => specOf(name).default !== undefined);

  it.each(withDefault)('of --%s is read like a value that is given, which the help says it is', (name) => {
    expect(valueOf(nothingGiven, name)).toEqual(valueOf(reading(name, specOf(name).default ?? ''), name));
  });

  it.each(optionNames.filter((name) => !withDefault.includes(name)))(
    'of --%s is none: it has no text',
    (name) => {
      expect(valueOf(nothingGiven, name)).toBeUndefined();
    },
  );

  it('is not taken for something that was given', () => {
    expect(nothingGiven.given('plugins')).toBeUndefined();
  });
});

/** By the one way in which an option of its kind is read. */
function valueOf(read: OptionReader<OptionName>, name: OptionName): unknown {
  const { kind } = specOf(name);
  const method = kind === 'duration' ? 'durationMs' : kind;
  return (read[method] as (name: OptionName) => unknown).call(read, name);
}
