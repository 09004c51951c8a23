// What Multus has left on a node, and taking it away: its configuration first, so that no runtime calls a plugin that is gone.

import { createReadStream, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { lstatIfThere, namesIn } from '../../lib/files/file-facts.ts';
import { removeFile } from '../../lib/files/remove.ts';
import { errnoOf } from '../../lib/errno.ts';
import {
  binaryNames,
  configurationNames,
  credentialNames,
  isMultusConfiguration,
  isMultusKubeconfig,
  moduleInBinary,
  pluginsCalledBy,
} from './own-files.ts';

export interface MultusTraces {
  /** Absolute paths, in the order in which they go. */
  readonly configuration: readonly string[];
  readonly binaries: readonly string[];
  /** Where the credentials lay; it goes when nothing of others is in it. */
  readonly directory: string | undefined;
  /** The plugins that the configurations of others, which stay, make the runtime call. */
  readonly called: ReadonlySet<string>;
}

export const noTraces: MultusTraces = {
  configuration: [],
  binaries: [],
  directory: undefined,
  called: new Set(),
};

/** Reads, and changes nothing. What is not recognised by its content is not Multus', whatever it is called. */
export async function findTraces(confDir: string, binDir: string): Promise<MultusTraces> {
  const configuration = [
    ...recognised(confDir, configurationNames, isMultusConfiguration),
    ...recognised(confDir, credentialNames, isMultusKubeconfig),
  ];
  const binaries: string[] = [];
  for (const name of binaryNames) {
    if (await isMultusBinary(join(binDir, name))) binaries.push(join(binDir, name));
  }
  const called = configurationsOfOthers(confDir, configuration).flatMap((path) =>
    pluginsCalledBy(traceText(path)),
  );
  return { configuration, binaries, directory: join(confDir, 'multus.d'), called: new Set(called) };
}

export function removeConfiguration({ configuration, directory }: MultusTraces): void {
  for (const path of configuration) removeFile(path);
  if (directory !== undefined) removeIfEmpty(directory);
}

export function removeBinaries({ binaries }: MultusTraces): void {
  for (const path of binaries) removeFile(path);
}

function recognised(
  confDir: string,
  names: readonly string[],
  isOwn: (text: string) => boolean,
): readonly string[] {
  return names
    .map((name) => join(confDir, name))
    .filter((path) => isPlainFile(path) && isOwn(traceText(path)));
}

/** What runtimes read from there, but for Multus'. */
function configurationsOfOthers(confDir: string, own: readonly string[]): readonly string[] {
  return namesIn(confDir)
    .filter((name) => /\.(conf|conflist|json)$/.test(name))
    .map((name) => join(confDir, name))
    .filter((path) => isPlainFile(path) && !own.includes(path));
}

function isPlainFile(path: string): boolean {
  return lstatIfThere(path)?.isFile() ?? false;
}

function traceText(path: string): string {
  return readFileSync(path, 'utf8');
}

/** Read a piece at a time: such a binary has 50 MB, the container that looks for it hardly more. */
async function isMultusBinary(path: string): Promise<boolean> {
  if (!isPlainFile(path)) return false;
  let before = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const seen = Buffer.concat([before, chunk]);
    if (seen.includes(moduleInBinary)) return true;
    before = seen.subarray(-moduleInBinary.length);
  }
  return false;
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error;
  }
}
