// The directories in which the container runtimes of the host look for CNI plugins. Takes SYS_PTRACE.

import { readlinkSync } from 'node:fs';
import { findMountNamespaces } from '../../node/mounts/mount-namespaces.ts';
import { resolveInRoot } from '../../node/mounts/path-in-root.ts';
import type { HostProcess, RuntimeFacts } from '../node-facts.ts';
import { lookAt, type Seen, seenAs, unseen } from '../seen.ts';
import { seeProcesses } from './processes.ts';
import { containerdCni, crioPluginDirs, isWithoutCri } from './runtime-config.ts';
import { seeConfigTexts } from './runtime-config-files.ts';

/** Programs that are a runtime; k3s, RKE2 and others have theirs as a process of its own, under its own name. */
const runtimeNames: ReadonlySet<string> = new Set(['containerd', 'crio', 'cri-o']);

export function runtimesAmong(processes: readonly HostProcess[]): readonly HostProcess[] {
  return processes.filter(({ name }) => runtimeNames.has(name));
}

export function runtimeName({ name }: HostProcess): RuntimeFacts['name'] {
  return name === 'containerd' ? 'containerd' : 'cri-o';
}

/**
 * As they are configured, then where links among them lead on the host.
 * @param texts of the runtime's configuration
 */
export async function seePluginDirs(
  procPath: string,
  runtime: HostProcess,
  texts: Seen<readonly string[]>,
): Promise<Seen<readonly string[]>> {
  if (!texts.seen) return texts;
  const isContainerd = runtimeName(runtime) === 'containerd';
  const dirs = isContainerd ? containerdCni(texts.value).binDirs : crioPluginDirs(texts.value);
  const root = `${procPath}/${runtime.pid}/root`;
  const led = await Promise.all(dirs.map((dir) => resolveInRoot(root, dir)));
  return seenAs([...new Set([...dirs, ...led])]);
}

export interface PluginReader extends Pick<RuntimeFacts, 'name'> {
  readonly dirs: readonly string[];
}

/**
 * The runtimes that may run pods where this pod runs: others, of containers that are nodes themselves, have another mount
 * namespace. Unseen where one of them does not let itself be looked into.
 */
export async function seePluginReaders(procPath: string): Promise<Seen<readonly PluginReader[]>> {
  const processes = seeProcesses(procPath);
  if (!processes.seen) return processes;
  const readers: PluginReader[] = [];
  for (const runtime of runtimesBeside(procPath, processes.value)) {
    const texts = seeConfigTexts(procPath, runtime);
    if (texts.seen && isWithoutCri(texts.value)) continue;
    const dirs = await seePluginDirs(procPath, runtime, texts);
    if (!dirs.seen) return dirs;
    readers.push({ name: runtimeName(runtime), dirs: dirs.value });
  }
  return readers.length > 0 ? seenAs(readers) : unseen('no runtime that runs pods was found');
}

function runtimesBeside(procPath: string, processes: readonly HostProcess[]): readonly HostProcess[] {
  const surroundings = findMountNamespaces(procPath);
  const near = surroundings.visible
    ? surroundings.namespaces.map(({ pid }) => namespaceOf(procPath, pid))
    : [];
  return runtimesAmong(processes).filter(({ pid }) => {
    const namespace = namespaceOf(procPath, pid);
    return namespace !== undefined && near.includes(namespace);
  });
}

function namespaceOf(procPath: string, pid: number): string | undefined {
  const link = lookAt(`${procPath}/${pid}/ns/mnt`, () => readlinkSync(`${procPath}/${pid}/ns/mnt`));
  return link.seen ? link.value : undefined;
}
