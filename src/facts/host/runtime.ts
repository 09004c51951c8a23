// The container runtime of the host: where it looks for plugins, what it speaks. Takes SYS_PTRACE where it says so.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { readGoBuildInfo } from '../../lib/files/go-build-info.ts';
import type { HostProcess, RuntimeFacts } from '../node-facts.ts';
import { containerdCni, crioPluginDirs } from './runtime-config.ts';
import { lookAt, mapSeen, type Seen, seenAs, thenSeen, unseen } from '../seen.ts';

/** Programs that are a containerd, or have one as a child of theirs under another name. */
const containerds = ['containerd'];
const crios = ['crio', 'cri-o'];

export function seeRuntime(
  procPath: string,
  processes: readonly HostProcess[],
  apart: Seen<boolean>,
): Seen<RuntimeFacts> {
  const found = processes.find(({ name }) => [...containerds, ...crios].includes(name));
  if (found === undefined) return unseen('no containerd and no CRI-O is among the processes of the host');
  const isContainerd = containerds.includes(found.name);
  const config = configOf(
    procPath,
    found,
    isContainerd ? '/etc/containerd/config.toml' : '/etc/crio/crio.conf',
  );
  const cni = mapSeen(config, containerdCni);
  const built = builtWith(`${procPath}/${found.pid}/exe`);
  return seenAs({
    name: isContainerd ? 'containerd' : 'cri-o',
    pid: found.pid,
    apart,
    binDirs: isContainerd ? mapSeen(cni, ({ binDirs }) => binDirs) : mapSeen(config, crioPluginDirs),
    wantsLoopback: isContainerd ? mapSeen(cni, ({ wantsLoopback }) => wantsLoopback) : seenAs(false),
    libcni: thenSeen(built, ({ libcni }) => known(libcni, 'libcni')),
    version: thenSeen(built, ({ version }) => known(version, 'version')),
  });
}

function known(value: string | undefined, what: string): Seen<string> {
  return value === undefined ? unseen(`the runtime's program does not tell its ${what}`) : seenAs(value);
}

/** The text of its configuration, in its own root directory; empty where it has none and goes by its defaults. */
function configOf(procPath: string, { pid, args }: HostProcess, standard: string): Seen<string> {
  const root = `${procPath}/${pid}/root`;
  const path = `${root}${namedConfig(args) ?? standard}`;
  return thenSeen(
    lookAt(root, () => statSync(`${root}/.`)),
    () => lookAt(path, () => (existsSync(path) ? readFileSync(path, 'utf8') : '')),
  );
}

/** `--config FILE`, `-c FILE`, `--config=FILE`. */
export function namedConfig(args: readonly string[]): string | undefined {
  const joined = args.flatMap((arg) => /^--?c(?:onfig)?=(.+)$/.exec(arg)?.[1] ?? [])[0];
  const at = args.findIndex((arg) => arg === '--config' || arg === '-config' || arg === '-c');
  return joined ?? (at < 0 ? undefined : args[at + 1]);
}

interface BuiltWith {
  readonly version: string | undefined;
  readonly libcni: string | undefined;
}

/** Without the right to look into the process there is no such file. */
function builtWith(program: string): Seen<BuiltWith> {
  if (!existsSync(program)) return unseen(`${program} can't be read: that takes SYS_PTRACE`);
  const build = readGoBuildInfo(program);
  return seenAs({
    version: build?.version?.replace(/^v/, '').replace('(devel)', '') || undefined,
    libcni: build?.dependencies.get('github.com/containernetworking/cni')?.replace(/^v/, ''),
  });
}
