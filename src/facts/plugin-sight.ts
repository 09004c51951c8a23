// What stands under a plugin's name, and whether it runs here. Follows links as the runtime does; changes nothing.

import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure/failure.ts';
import type { FailureCode } from '../failure/codes.ts';
import type { Arch } from '../lib/architecture.ts';
import { errnoOf } from '../lib/errno.ts';
import { readElf } from '../lib/files/elf.ts';
import { headOf } from '../lib/files/elf-file.ts';
import { lstatIfThere } from '../lib/files/file-facts.ts';
import { type OnlyHere, type Proof, prove, type RunOnHost } from '../node/plugins/proof.ts';
import { runCommand } from '../lib/command.ts';
import { lookAt, type Seen, seenAs, unseen, whyNot } from './seen.ts';

export type PluginSight =
  | { readonly kind: 'absent' }
  /** Its target is not to be seen from here: nowhere, or only on the host. */
  | { readonly kind: 'dangling'; readonly target: string; readonly onHost: Seen<boolean> }
  /** A directory, a device, a socket. */
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'file';
      readonly bytes: number;
      /** Permission bits, 0o7777. */
      readonly mode: number;
      readonly runs: Seen<Run>;
    };

export type Run =
  | {
      readonly works: true;
      readonly says: string;
      readonly specVersions: readonly string[];
      /** It was loaded by what this container has, and nobody knows whether the node has it. */
      readonly onlyHere: OnlyHere | undefined;
    }
  | {
      readonly works: false;
      readonly code: FailureCode;
      readonly because: string;
      /** It is started by a program that has to be on the node as well. */
      readonly needsInterpreter: boolean;
    };

export interface PluginSeer {
  readonly binDir: string;
  readonly arch: Arch;
  readonly signal: AbortSignal;
  /** Runs what is dynamically linked with the node's loader and libraries. */
  readonly runOnHost: RunOnHost;
  /** Whether there is something at a path of the host. */
  readonly isOnHost: (path: string) => Promise<Seen<boolean>>;
}

export async function seePlugin(name: string, seer: PluginSeer): Promise<Seen<PluginSight>> {
  const path = join(seer.binDir, name);
  const still = lookAt(path, () => sightAt(path));
  if (!still.seen) return still;
  if (still.value.kind === 'dangling') {
    return seenAs({ ...still.value, onHost: await seer.isOnHost(still.value.target) });
  }
  if (still.value.kind !== 'file') return still;
  if ((still.value.mode & 0o111) === 0)
    return seenAs({ ...still.value, runs: unseen('it is not executable') });
  return seenAs({ ...still.value, runs: await trialRun(name, path, seer) });
}

function sightAt(path: string): PluginSight {
  const own = lstatIfThere(path);
  if (own === undefined) return { kind: 'absent' };
  const stats = own.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : own;
  if (stats === undefined) {
    return { kind: 'dangling', target: readlinkSync(path), onHost: unseen('the host was not looked at') };
  }
  if (!stats.isFile()) return { kind: 'taken' };
  return { kind: 'file', bytes: stats.size, mode: stats.mode & 0o7777, runs: unseen('it was not run') };
}

async function trialRun(
  name: string,
  path: string,
  { arch, signal, runOnHost }: PluginSeer,
): Promise<Seen<Run>> {
  try {
    return seenAs(wentWell(await prove({ name, path, arch, signal, runOnHost })));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) return seenAs(wentWrong(error, path));
    if (errnoOf(error) === undefined) throw error;
    return unseen(whyNot(path, error));
  }
}

function wentWell({ saysOfItself, specVersions, onlyHere }: Proof): Run {
  return { works: true, says: saysOfItself, specVersions, onlyHere };
}

function wentWrong({ code, message }: Failure, path: string): Run {
  const elf = readElf(headOf(path));
  return { works: false, code, because: message, needsInterpreter: elf.kind === 'elf' && !elf.isStatic };
}

const shimTimeoutMs = 5000;

/** Unlike a plugin of upstream's it tells its version only when asked by an argument. */
export async function seeShimVersion({ binDir, signal }: PluginSeer): Promise<Seen<string>> {
  const file = join(binDir, 'multus-shim');
  const end = await runCommand({ file, args: ['--version'], env: {}, timeoutMs: shimTimeoutMs, signal });
  signal.throwIfAborted();
  const said = end.how === 'exited' ? /version:(v\d+\.\d+\.\d+[\w.-]*)/.exec(end.stdout)?.[1] : undefined;
  return said === undefined ? unseen('the shim does not tell its version') : seenAs(said);
}
