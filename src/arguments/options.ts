// The one table of options: parsing, help, docs and usage errors are all made from it.

import { dhcpOptions } from './table/dhcp.ts';
import { doctorOptions } from './table/doctor.ts';
import { fleetOptions } from './table/fleet.ts';
import { mountsOptions } from './table/mounts.ts';
import { nodeOptions } from './table/node.ts';
import { runOptions } from './table/run.ts';
import { sourceOptions } from './table/source.ts';
import type { OptionKind, OptionSpec, OptionSpecs } from './table/spec.ts';
import { wishOptions } from './table/wish.ts';
import { watchOptions } from './table/watch.ts';
import { workshopOptions } from './table/workshop.ts';
import { type Verb, verbNames } from './verbs.ts';

export { type Verb, verbNames, verbs } from './verbs.ts';

export const optionTable = {
  ...wishOptions,
  ...sourceOptions,
  ...nodeOptions,
  ...mountsOptions,
  ...watchOptions,
  ...dhcpOptions,
  ...doctorOptions,
  ...fleetOptions,
  ...workshopOptions,
  ...runOptions,
} as const satisfies OptionSpecs;

type OptionTable = typeof optionTable;

export type OptionName = keyof OptionTable;

export const optionNames = Object.keys(optionTable) as readonly OptionName[];

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(optionTable, name);
}

/** The options whose text is read in one way. */
export type NameOf<Kind extends OptionKind> = {
  [Name in OptionName]: OptionTable[Name] extends { kind: Kind } ? Name : never;
}[OptionName];

/** The words of an option that takes one of a few. */
export type ChoiceOf<Name extends NameOf<'choice'>> = OptionTable[Name]['choices'][number];

/** The options that concern a verb. */
export type OptionOf<Concerned extends Verb> = {
  [Name in OptionName]: Concerned extends OptionTable[Name]['verbs'][number] ? Name : never;
}[OptionName];

/** The table's row with its optional columns visible to the type checker, in the words of one verb. */
export function specOf(name: OptionName, verb?: Verb): OptionSpec {
  const spec: OptionSpec = optionTable[name];
  const { choices, choicesOnlyIn, inVerb } = spec;
  if (verb === undefined || (choicesOnlyIn === undefined && inVerb?.[verb] === undefined)) return spec;
  const taken = choices?.filter((word) => choicesOnlyIn?.[word]?.includes(verb) !== false);
  return { ...spec, ...inVerb?.[verb], ...(taken !== undefined && { choices: taken, choicesOnlyIn: {} }) };
}

/** Its variables: a verb may have another than the first verbs that take the option. */
export function variablesOf(name: OptionName): readonly string[] {
  const { env, inVerb = {} } = specOf(name);
  return [env, ...Object.values(inVerb).map((words) => words.env)].filter((one) => one !== undefined);
}

/** The options of a verb, in the order of the table. */
export function optionsOf(verb: Verb): readonly OptionName[] {
  return optionNames.filter((name) => specOf(name).verbs.includes(verb));
}

/** The options that every verb has. */
export const commonOptions: readonly OptionName[] = optionNames.filter(
  (name) => specOf(name).verbs.length === verbNames.length,
);

/** A value as it was given, and by which name: an error has to name what the operator wrote. */
export interface Given {
  readonly values: readonly string[];
  /** `--retries` or `CNI_PLUGINS_RETRIES`. */
  readonly by: string;
}

/** What was asked, as given: nothing is checked yet but that the names exist and concern the verb. */
export interface Options {
  readonly verb: Verb;
  readonly given: Readonly<Partial<Record<OptionName, Given>>>;
}
