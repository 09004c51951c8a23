// `install`: the plugins are present, proved and durable on this node, and the mounts Multus needs are shared.

import { existsSync } from 'node:fs';
import type { Config } from '../arguments/config.ts';
import { createBinDir, requireBinDir } from '../node/plugins/bin-dir.ts';
import { onNode } from '../failure/system-error.ts';
import { expectationFor } from '../release/expectation.ts';
import type { Sharing } from '../node/mounts/mounts.ts';
import { fatesOf, type Outcome, type OutcomeWord } from '../report/result.ts';
import { makeSetPresent } from '../engine/make-present.ts';
import { shareForPod } from '../engine/share-for-pod.ts';
import type { Effects } from '../engine/context.ts';
import type { SetRequest, PresentSet } from '../engine/fulfilment.ts';

export async function install(config: Config, effects: Effects): Promise<Outcome> {
  const request = requestOf(config);
  await onNode(() => prepareBinDir(config));
  const present = await makeSetPresent(request, config, effects);
  const { sharing, findings, failure } = await shareForPod(config, effects);
  return {
    outcome: failure === undefined ? wordFor(present, sharing) : 'failed',
    version: present.version,
    plugins: fatesOf(present.plan),
    plan: present.plan,
    findings: [...present.findings, ...findings],
    sharing,
    dryRun: config.run.dryRun,
    trouble: failure ?? present.failure,
  };
}

/** A dry run takes a directory that would be made for an empty one. */
function prepareBinDir({ node: { binDir, createBinDir: mayCreate }, run: { dryRun } }: Config): void {
  if (mayCreate && dryRun && !existsSync(binDir)) return;
  if (mayCreate) createBinDir(binDir);
  requireBinDir(binDir);
}

/** A node whose plugins were fine, but whose mounts were not, was repaired. */
function wordFor({ word }: PresentSet, sharing: Sharing | undefined): OutcomeWord {
  return word === 'unchanged' && (sharing?.changed.length ?? 0) > 0 ? 'repaired' : word;
}

function requestOf({ wish, arch, trust }: Config): SetRequest {
  return { wish, platform: `linux/${arch}`, expectation: expectationFor(trust, wish.version, arch) };
}
