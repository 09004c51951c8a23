// Writes what README.md takes from elsewhere: the tables, from what the program itself goes by, and the transcript that
// a test makes. With --check, fails when any of it is stale.

import { readFileSync, writeFileSync } from 'node:fs';
import { exitStatuses } from '../../failure/exit-statuses.ts';
import { type OptionName, optionNames, specOf, verbNames, verbs } from '../../arguments/options.ts';

const path = 'README.md';

const sections: Readonly<Record<string, string>> = {
  verbs: table(
    ['verb', 'what it does'],
    verbNames.map((verb) => [`\`${verb}\``, verbs[verb]]),
  ),
  options: table(['flag', 'environment', 'default', 'meaning', 'verbs'], optionNames.map(optionRow)),
  'exit-statuses': table(['status', 'meaning'], exitStatuses),
  transcript: `\`\`\`\n${readFileSync('docs/transcript.txt', 'utf8').trimEnd()}\n\`\`\``,
};

const written = readFileSync(path, 'utf8');
const fresh = Object.entries(sections).reduce(
  (text, [name, content]) => replaceSection(text, name, content),
  written,
);
if (process.argv.includes('--check')) {
  if (fresh !== written) {
    process.stderr.write(`${path} is stale: run make generate\n`);
    process.exit(1);
  }
} else {
  writeFileSync(path, fresh);
}

function optionRow(name: OptionName): string[] {
  const { env, choices, default: standard, meaning, verbs: concerned } = specOf(name);
  const value =
    specOf(name).kind === 'boolean' ? '' : ` ${specOf(name).placeholder ?? choices?.join('\\|') ?? 'N'}`;
  return [
    `\`--${name}${value}\``,
    env === undefined ? '–' : `\`${env}\``,
    standard === undefined ? '–' : `\`${standard}\``,
    meaning,
    concerned.length === verbNames.length ? 'all' : concerned.join(', '),
  ];
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

function replaceSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} has no section ${name}`);
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
}
