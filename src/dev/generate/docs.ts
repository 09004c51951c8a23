// Writes what the pages take from elsewhere: tables from what the program itself goes by, the transcript that a test
// makes, and the version of our image. With --check, fails when any of it is stale.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import manifest from '../../../package.json' with { type: 'json' };
import {
  type OptionName,
  optionNames,
  specOf,
  type Verb,
  verbNames,
  verbs,
} from '../../arguments/options.ts';
import { exitStatuses } from '../../failure/exit-statuses.ts';
import { codeTables } from './code-tables.ts';

/** By page, what stands between `<!-- name: generated -->` and `<!-- name: end -->`. */
const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { 'exit-statuses': table(['status', 'meaning'], exitStatuses) },
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

function verbTable(): string {
  return table(
    ['verb', 'what it does'],
    verbNames.map((verb) => [`[\`${verb}\`](#${verb})`, verbs[verb]]),
  );
}

/** Those that every verb has stand once, at the end. */
function optionTables(): string {
  const shared = optionNames.filter((name) => specOf(name).verbs.length === verbNames.length);
  const own = (verb: Verb): OptionName[] =>
    optionNames.filter((name) => specOf(name).verbs.includes(verb) && !shared.includes(name));
  const parts = verbNames.map((verb) => [`## ${verb}`, sentence(verbs[verb]), optionTable(own(verb))]);
  return [...parts.flat(), '## Every verb', optionTable(shared)].join('\n\n');
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function optionTable(names: readonly OptionName[]): string {
  return table(['option', 'environment', 'default', 'meaning'], names.map(optionRow));
}

function optionRow(name: OptionName): string[] {
  const { kind, env, choices, placeholder, default: standard, otherwise = standard, meaning } = specOf(name);
  const value = kind === 'boolean' ? '' : ` ${placeholder ?? choices?.join('\\|') ?? 'N'}`;
  const code = (text: string | undefined): string => (text === undefined ? '–' : `\`${text}\``);
  return [`\`--${name}${value}\``, code(env), code(otherwise), meaning];
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
