// Promises of --help: the general picture, and for each verb just its options, as they are read.

import { describe, expect, it } from 'vitest';
import { helpText } from '../../../src/arguments/help.ts';
import {
  optionNames,
  optionsOf,
  specOf,
  type Verb,
  verbNames,
  verbs,
} from '../../../src/arguments/options.ts';
import { exitStatuses } from '../../../src/failure/exit-statuses.ts';

const general = await helpText(undefined);
const pages = new Map(
  await Promise.all(verbNames.map(async (verb) => [verb, await helpText(verb)] as const)),
);

function pageOf(verb: Verb): string {
  return pages.get(verb) ?? '';
}

/** The flags that begin a line, in order. */
function flagsIn(text: string): string[] {
  return [...text.matchAll(/^ +--([a-z0-9-]+) /gm)].map(([, name = '']) => name);
}

/** All that is said of one flag, as one line. */
function entryOf(name: string, text: string): string {
  const [, entry = ''] = new RegExp(`^ +--${name} +((?:.+\\n)(?: {4,}.+\\n)*)`, 'm').exec(text) ?? [];
  return entry.replaceAll(/\s+/g, ' ');
}

/** What stands after the word in brackets. */
function noteIn(entry: string, word: string): string | undefined {
  return new RegExp(`\\[${word}: (.*?)\\](?= ?\\[| ?$)`).exec(entry)?.[1];
}

const everyVerbsOption = verbNames.flatMap((verb) => optionsOf(verb).map((name) => ({ verb, name })));

describe('help for a verb', () => {
  it.each(verbNames)('%s: lists its options, and no other', (verb) => {
    expect(flagsIn(pageOf(verb)).toSorted()).toEqual(optionsOf(verb).toSorted());
  });

  it.each(everyVerbsOption)('$verb: says variable, default and choices of --$name', ({ verb, name }) => {
    const { env, default: standard, otherwise = standard, choices, meaning } = specOf(name, verb);
    const entry = entryOf(name, pageOf(verb));

    expect(entry).toContain(meaning);
    expect(noteIn(entry, 'env')).toBe(env);
    expect(noteIn(entry, 'default')).toBe(otherwise);
    expect(noteIn(entry, 'choices')).toBe(choices?.map((word) => `"${word}"`).join(', '));
  });

  it.each(everyVerbsOption)('$verb: shows of what kind --$name is', ({ verb, name }) => {
    const shown = { boolean: '[boolean]', integer: '[number]', list: '[list]', choice: '[choices: ' };
    const { kind } = specOf(name);
    const entry = entryOf(name, pageOf(verb));

    expect(entry).toContain(kind === 'text' || kind === 'duration' ? '[string]' : shown[kind]);
    expect(entry.includes('[boolean]')).toBe(kind === 'boolean');
  });

  it.each(verbNames)('%s: fits a terminal', (verb) => {
    const lines = pageOf(verb).split('\n');
    expect(lines.filter((line) => line.length > 110)).toEqual([]);
  });
});

describe('help without a verb', () => {
  it('says what each verb does, and which one is meant without any', () => {
    const text = general.replaceAll(/\s+/g, ' ');

    for (const verb of verbNames) expect(text).toContain(`cni-plugins-installer ${verb} ${verbs[verb]}`);
    expect(text).toContain(`${verbs.install} [default]`);
  });

  it('has every option with its variable and its verbs on one line', () => {
    expect(flagsIn(general)).toEqual(optionNames);
    expect(general).toMatch(/^ +--cni-version +CNI_PLUGINS_VERSION +install, verify, releases$/m);
    expect(general).toMatch(/^ +--log-level +CNI_PLUGINS_LOG_LEVEL +every verb$/m);
    expect(general).toMatch(/^ +--timeout +CNI_PLUGINS_TIMEOUT +every verb but watch, dhcp$/m);
  });

  it('says what each exit status means, and how to ask on', () => {
    for (const [status, meaning] of exitStatuses) {
      expect(general.split('\n').map((line) => line.trim().split(/  +/))).toContainEqual([status, meaning]);
    }
    expect(general).toContain('cni-plugins-installer help VERB');
  });
});
