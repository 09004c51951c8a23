// `install`: the plugins are present, proved and durable on this node, and the mounts Multus needs are shared.

import type { InstallConfig } from '../arguments/configure/install.ts';
import { createBinDir, isToBeMade, requireBinDir } from '../node/plugins/bin-dir.ts';
import { onNode } from '../failure/system-error.ts';
import type { Finding } from '../failure/finding.ts';
import { expectationFor } from '../release/expectation.ts';
import type { Sharing } from '../node/mounts/mounts.ts';
import { binaryNames } from '../node/multus/own-files.ts';
import { otherExecutables } from '../node/plugins/present.ts';
import { fatesOf, type Outcome, type OutcomeWord, type PluginsByFate } from '../report/result.ts';
import { makePresent } from '../engine/make-present.ts';
import { type Effects, taskFor, type WishedTask } from '../engine/context.ts';
import type { PresentSet } from '../engine/fulfilment.ts';
import { dhcpNotes } from '../engine/host/dhcp-daemon.ts';
import { hostProcOf } from '../engine/host/host-proc.ts';

export async function install(config: InstallConfig, effects: Effects): Promise<Outcome> {
  const { dryRun } = config;
  await onNode(() => prepareBinDir(config));
  const { present, share } = await makePresent(wishedTask(config, effects), config.sharing, dryRun);
  const { mode, sharing, findings, failure } = share;
  const hostProc = (): string => hostProcOf(config.sharing.hostProc, effects).path;
  const others = presentBeside(config.node.binDir, present);
  return {
    outcome: failure === undefined ? installedWord(present, sharing) : 'failed',
    version: present.version,
    plugins: { ...fatesOf(present.plan), ...others },
    plan: present.plan,
    findings: [
      ...present.findings,
      ...findings,
      ...dhcpNotes(present.plan, hostProc),
      ...(mayBeUnread(present, others) ? await notesOnBinDir(config, effects) : []),
    ],
    sharingMode: mode,
    sharing,
    dryRun,
    trouble: failure ?? present.failure,
  };
}

function presentBeside(binDir: string, { plan }: PresentSet): Pick<PluginsByFate, 'present'> {
  const others = otherExecutables(binDir, new Set(plan.map(({ name }) => name)));
  return others.length === 0 ? {} : { present: others };
}

/**
 * To look for the runtime among all processes is too much for each start. A directory that has been found as it was left, and
 * in which the node's own network has put its plugins, too, is one that is used.
 */
function mayBeUnread({ word }: PresentSet, { present = [] }: Pick<PluginsByFate, 'present'>): boolean {
  const ofMultus: readonly string[] = binaryNames;
  return word !== 'unchanged' || present.every((name) => ofMultus.includes(name));
}

/** Outside a container there is no host but this machine, and its bin dir is whatever was asked for. */
async function notesOnBinDir(
  { node, sharing }: InstallConfig,
  effects: Effects,
): Promise<readonly Finding[]> {
  const { path, ofHost } = hostProcOf(sharing.hostProc, effects);
  if (!ofHost || (path === '/proc' && !effects.inContainer)) return [];
  return (await import('../engine/host/bin-dir-notes.ts')).binDirNotes(node.binDir, path);
}

/** A dry run takes a directory that would be made for an empty one. */
function prepareBinDir({ node: { binDir }, createBinDir: mayCreate, dryRun }: InstallConfig): void {
  if (mayCreate && dryRun && isToBeMade(binDir)) return;
  if (mayCreate) createBinDir(binDir);
  requireBinDir(binDir);
}

/** A node whose plugins were fine, but whose mounts were not, was repaired. */
function installedWord({ word }: PresentSet, sharing: Sharing | undefined): OutcomeWord {
  return word === 'unchanged' && (sharing?.changed.length ?? 0) > 0 ? 'repaired' : word;
}

function wishedTask(config: InstallConfig, effects: Effects): WishedTask {
  const { wish, arch, trust, source, run } = config;
  const expectation = expectationFor(trust, wish.version, arch);
  return {
    ...taskFor(config, effects),
    request: { wish, platform: `linux/${arch}`, expectation },
    supply: { arch, source, timeoutMs: run.timeoutMs },
  };
}
