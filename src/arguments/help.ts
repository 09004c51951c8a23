// `--help`: the general picture, or the options of one verb, rendered by yargs from the table of options.

import yargs, { type Argv, type Options as ShownOption } from 'yargs';
import { exitStatuses } from '../failure/exit-statuses.ts';
import { productName } from '../lib/product.ts';
import { textTable } from '../lib/text/table.ts';
import { commonOptions, type OptionName, optionNames, optionsOf, specOf, variablesOf } from './options.ts';
import type { OptionKind } from './table/spec.ts';
import { type Verb, verbNames, verbs } from './verbs.ts';

/** Columns of a usual terminal; the text is also read in `kubectl logs`, where there is none to ask. */
const columns = 110;

/** The options of one verb; undefined: the general picture. */
export async function helpText(verb: Verb | undefined): Promise<string> {
  return `${verb === undefined ? await generalHelp() : await verbHelp(verb)}\n`;
}

const rules = [
  'A flag goes before its variable, the variable before the default; an empty variable counts as unset.',
  'Lists are comma-separated or repeated; a boolean is true, false, yes, no, 1 or 0, and a flag alone means true.',
];

async function generalHelp(): Promise<string> {
  const page = emptyPage(
    '$0 [verb] [options]\n\nMakes a Kubernetes node ready for Multus: CNI plugins proved in place, mounts shared.',
  );
  for (const verb of verbNames) page.command(verb === 'install' ? [verb, '$0'] : verb, verbs[verb]);
  const sections = [
    section('The options of one verb, with meaning and default:', `${productName} help VERB`),
    section('All options, and the variable that gives the same:', textTable(optionNames.map(indexRow))),
    rules.join('\n'),
    section('Exit status:', textTable(exitStatuses)),
  ];
  return page.epilogue(sections.join('\n\n')).getHelp();
}

/** Options of its own come first: who asks about a verb wants to know those. */
async function verbHelp(verb: Verb): Promise<string> {
  const page = emptyPage(`$0 ${verb} [options]\n\n${sentence(verbs[verb])}`);
  const own = optionsOf(verb).filter((name) => !commonOptions.includes(name));
  for (const name of [...own, ...commonOptions]) page.option(name, shownOption(name, verb));
  if (own.length > 0) page.group(own, `Options of ${verb}:`);
  page.group(commonOptions, 'Options of every verb:');
  return page.epilogue(rules.join('\n')).getHelp();
}

function emptyPage(usage: string): Argv {
  return yargs([])
    .scriptName(productName)
    .usage(usage)
    .locale('en')
    .updateStrings({ 'Commands:': 'Verbs:', array: 'list' })
    .version(false)
    .help(false)
    .wrap(columns);
}

const types = {
  text: 'string',
  list: 'array',
  boolean: 'boolean',
  integer: 'number',
  duration: 'string',
  choice: 'string',
} as const satisfies Readonly<Record<OptionKind, ShownOption['type']>>;

function shownOption(name: OptionName, verb: Verb): ShownOption {
  const { kind, meaning, env, choices, default: standard, otherwise = standard } = specOf(name, verb);
  return {
    type: types[kind],
    describe: env === undefined ? meaning : `${meaning} [env: ${env}]`,
    ...(choices !== undefined && { choices }),
    ...(otherwise !== undefined && { defaultDescription: otherwise }),
  };
}

function indexRow(name: OptionName): readonly string[] {
  return [`--${name}`, variablesOf(name).join(', '), inWords(specOf(name).verbs)];
}

function inWords(concerned: readonly Verb[]): string {
  const others = verbNames.filter((verb) => !concerned.includes(verb));
  if (others.length === 0) return 'every verb';
  return others.length <= 2 ? `every verb but ${others.join(', ')}` : concerned.join(', ');
}

function section(heading: string, text: string): string {
  return [heading, ...text.split('\n').map((line) => `  ${line}`)].join('\n');
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
