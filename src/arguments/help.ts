// `--help`, rendered by yargs from the option table.

import yargs from 'yargs';
import { exitStatuses } from '../failure/exit-statuses.ts';
import { optionNames, specOf, verbNames, verbs } from './options.ts';
import { productName } from '../lib/product.ts';

/** Columns of a usual terminal; the text is also read in `kubectl logs`, where there is none to ask. */
const columns = 110;

export async function helpText(): Promise<string> {
  const parser = yargs([])
    .scriptName(productName)
    .usage(
      '$0 [verb] [options]\n\nMakes a Kubernetes node ready for Multus: CNI plugins proved in place, mounts shared.',
    )
    .locale('en')
    .version(false)
    .help(false)
    .wrap(columns);
  for (const verb of verbNames) parser.command(verb, verbs[verb]);
  for (const name of optionNames) parser.option(name, { describe: describe(name), type: 'string' });
  const statuses = exitStatuses.map(([status, meaning]) => `  ${status.padEnd(8)}  ${meaning}`);
  parser.epilogue(['Exit status:', ...statuses].join('\n'));
  return `${await parser.getHelp()}\n`;
}

function describe(name: (typeof optionNames)[number]): string {
  const { meaning, env, default: standard, otherwise = standard } = specOf(name);
  const notes = [
    env === undefined ? undefined : `env ${env}`,
    otherwise === undefined ? undefined : `default ${otherwise}`,
  ];
  const known = notes.filter((note) => note !== undefined);
  return known.length === 0 ? meaning : `${meaning} [${known.join('; ')}]`;
}
