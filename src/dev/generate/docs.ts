// Writes what the pages take from elsewhere: tables from what the program itself goes by, the transcript that a test
// makes, and the version of our image. With --check, fails when any of it is stale.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import manifest from '../../../package.json' with { type: 'json' };
import {
  commonOptions,
  type OptionName,
  optionsOf,
  specOf,
  type Verb,
  verbNames,
  verbs,
} from '../../arguments/options.ts';
import type { OptionSpec } from '../../arguments/table/spec.ts';
import { allChecks, checkIds } from '../../checks/all.ts';
import { exitStatuses } from '../../failure/exit-statuses.ts';
import { adviceTitles, findingTitles } from '../../report/fleet/finding-titles.ts';
import { codeTables } from './code-tables.ts';

/** By page, what stands between `<!-- name: generated -->` and `<!-- name: end -->`. */
const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { 'exit-statuses': table(['status', 'meaning'], exitStatuses) },
  'docs/doctor.md': { checks: checkTable() },
  'docs/fleet.md': { findings: fleetTable() },
  'docs/troubleshooting.md': { codes: codeTables() },
  'docs/options.md': { verbs: verbTable(), options: optionTables() },
  'docs/transcript.md': { transcript: `\`\`\`console\n${textOf('docs/transcript.txt').trimEnd()}\n\`\`\`` },
};

const pages = ['README.md', ...globSync('docs/*.md')].map((page) => ({ page, text: fresh(page) }));
const stale = pages.filter(({ page, text }) => text !== textOf(page));
if (!process.argv.includes('--check')) for (const { page, text } of stale) writeFileSync(page, text);
else if (stale.length > 0) {
  process.stderr.write(`stale: ${stale.map(({ page }) => page).join(', ')}: run make generate\n`);
  process.exitCode = 1;
}

function fresh(page: string): string {
  const parts = Object.entries(sections[page] ?? {});
  return withVersion(parts.reduce((text, part) => withSection(page, text, part), textOf(page)));
}

/** Our image, and the layout that it is built into, are tagged by the version of the package. */
function withVersion(text: string): string {
  return text.replaceAll(
    /((?:cni-plugins-installer|build\/image\/oci):|image\.tag=)\d+\.\d+\.\d+/g,
    `$1${manifest.version}`,
  );
}

/** Each id is an anchor that a monitor or a person can be sent to. */
function checkTable(): string {
  return table(
    ['id', 'weighs', 'a finding means'],
    checkIds.map((id) => [`<a id="${id}"></a>\`${id}\``, allChecks[id].severity, allChecks[id].means]),
  );
}

function fleetTable(): string {
  const rows = [...Object.entries(findingTitles), ...Object.entries(adviceTitles)];
  return table(
    ['code', 'what it is'],
    [...new Map(rows)].map(([code, title]) => [`\`${code}\``, title]),
  );
}

function verbTable(): string {
  return table(
    ['verb', 'what it does'],
    verbNames.map((verb) => [`[\`${verb}\`](#${verb})`, verbs[verb]]),
  );
}

/** Those that every verb has stand once, at the end, and again where a verb has words of its own for one. */
function optionTables(): string {
  const own = (verb: Verb): readonly OptionName[] =>
    optionsOf(verb).filter(
      (name) => !commonOptions.includes(name) || specOf(name).inVerb?.[verb] !== undefined,
    );
  const parts = verbNames.map((verb) => [`## ${verb}`, sentence(verbs[verb]), optionTable(own(verb), verb)]);
  return [...parts.flat(), '## Every verb', optionTable(commonOptions)].join('\n\n');
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function optionTable(names: readonly OptionName[], verb?: Verb): string {
  const rows = names.map((name) => optionRow(name, specOf(name, verb)));
  return table(['option', 'environment', 'default', 'meaning'], rows);
}

/** A default that is a text is code; one that follows from something else is said in words. */
function optionRow(name: OptionName, spec: OptionSpec): string[] {
  const { kind, env, placeholder, default: standard, otherwise, meaning } = spec;
  const value = kind === 'boolean' ? '' : ` ${placeholder ?? wordsOf(spec) ?? 'N'}`;
  const code = (text: string | undefined): string => (text === undefined ? '–' : `\`${text}\``);
  return [`\`--${name}${value}\``, code(env), otherwise ?? code(standard), meaning];
}

/** Words that only some verbs take are in the tables of those. */
function wordsOf({ choices, choicesOnlyIn = {} }: OptionSpec): string | undefined {
  return choices?.filter((word) => choicesOnlyIn[word] === undefined).join('\\|');
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

function withSection(page: string, text: string, [name, content]: readonly [string, string]): string {
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no section ${name}`);
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
}

function textOf(page: string): string {
  return readFileSync(page, 'utf8');
}
