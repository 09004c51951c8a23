// The container runtime of the host: where it looks for plugins, what it speaks. Takes SYS_PTRACE where it says so.

import { existsSync } from 'node:fs';
import { readGoBuildInfo } from '../../lib/files/go-build-info.ts';
import type { HostProcess, RuntimeFacts } from '../node-facts.ts';
import { mapSeen, type Seen, seenAs, thenSeen, unseen } from '../seen.ts';
import { runtimeName, runtimesAmong, seePluginDirs } from './plugin-dirs.ts';
import { containerdCni } from './runtime-config.ts';
import { seeConfigTexts } from './runtime-config-files.ts';

export async function seeRuntime(
  procPath: string,
  processes: readonly HostProcess[],
  apart: Seen<boolean>,
): Promise<Seen<RuntimeFacts>> {
  const [found] = runtimesAmong(processes);
  if (found === undefined) return unseen('no containerd and no CRI-O is among the processes of the host');
  const texts = seeConfigTexts(procPath, found);
  const built = builtWith(`${procPath}/${found.pid}/exe`);
  const name = runtimeName(found);
  return seenAs({
    name,
    pid: found.pid,
    apart,
    binDirs: await seePluginDirs(procPath, found, texts),
    wantsLoopback:
      name === 'containerd' ? mapSeen(texts, (of) => containerdCni(of).wantsLoopback) : seenAs(false),
    libcni: thenSeen(built, ({ libcni }) => knownValue(libcni, 'libcni')),
    version: thenSeen(built, ({ version }) => knownValue(version, 'version')),
  });
}

function knownValue(value: string | undefined, what: string): Seen<string> {
  return value === undefined ? unseen(`the runtime's program does not tell its ${what}`) : seenAs(value);
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
