// Variables with our prefix that are none of ours: somebody meant one, and waits for what it should do. Pure.

import { didYouMean } from '../failure/did-you-mean.ts';
import { Failure } from '../failure/failure.ts';
import type { Finding } from '../failure/finding.ts';
import { nearest } from '../lib/text/nearest.ts';
import type { Environment } from './environment.ts';
import { optionNames, specOf, variablesOf } from './options.ts';

const variablePrefix = 'CNI_PLUGINS_';

/**
 * What kubelet gives each container for a Service of its namespace, after the Service's own name (Kubernetes docs,
 * "Accessing the Service: environment variables"); for one that is called `cni-plugins` or `cni-plugins-mirror` the
 * names begin as ours do.
 */
const serviceLink =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

const ours: ReadonlySet<string> = new Set(optionNames.flatMap(variablesOf));

/** One warning for each. Those of other verbs are known: a pod gives all of its containers the same. */
export function unknownVariables(env: Environment): readonly Finding[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(variablePrefix) && !ours.has(name) && !serviceLink.test(name))
    .filter((name) => env[name]?.trim() !== '')
    .toSorted()
    .map((name) => ({
      code: 'unknown-variable',
      message: `${name} is not a variable of this installer, and was ignored`,
      hint: didYouMean(variableMeantBy(name), 'unknown-variable'),
    }));
}

/** Under `--strict`. @throws Failure `usage` when there is one. */
export function refuseUnknownVariables([first, ...others]: readonly Finding[]): void {
  if (first === undefined) return;
  const { message, hint } = first;
  throw new Failure('unknown-variable', { message, hint, details: others.map((other) => other.message) });
}

/** People know the variable, or build it from the flag: `CNI_PLUGINS_SKIP`, `CNI_PLUGINS_CNI_BIN_DIR`. */
function variableMeantBy(name: string): readonly string[] {
  const variables = new Map(
    optionNames.flatMap((option) => {
      const { env } = specOf(option);
      const spellings = [env?.replace(variablePrefix, ''), option.toUpperCase().replaceAll('-', '_')];
      return env === undefined ? [] : spellings.map((spelling) => [spelling ?? '', env] as const);
    }),
  );
  const meant = nearest(name.slice(variablePrefix.length), [...variables.keys()]);
  return meant === undefined ? [] : [variables.get(meant) ?? ''];
}
