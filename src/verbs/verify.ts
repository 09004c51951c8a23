// `verify`: the node against its ledger and the catalog. Writes nothing.

import type { Config } from '../arguments/config.ts';
import type { Finding } from '../failure/finding.ts';
import { auditPlugin, type Verdict } from '../node/plugins/audit-plugin.ts';
import type { Claim } from '../node/plugins/plan.ts';
import { proofTimeoutMs } from '../node/plugins/proof.ts';
import { onNode } from '../failure/system-error.ts';
import { hasIntactBlob } from '../node/state/store.ts';
import { type Survey, survey } from '../node/plugins/survey.ts';
import { requireBinDir } from '../node/plugins/bin-dir.ts';
import { advisoriesOf, pluginsOf } from '../release/catalog.ts';
import { auditAnswer, type PluginAudit } from '../report/audit.ts';
import { type Task, taskFor, type Effects } from '../engine/context.ts';
import { wantedNames } from '../engine/fulfilment.ts';
import { lstatIfThere } from '../lib/files/file-facts.ts';
import { inspectForPod } from '../engine/share-for-pod.ts';
import type { Answer } from '../report/result.ts';

export async function verify(config: Config, effects: Effects): Promise<Answer> {
  const task = taskFor(config, effects);
  await onNode(() => requireBinDir(config.node.binDir));
  const seen = await onNode(() => survey(task.premises, expectedWithoutLedger(config)));
  const plugins = await auditPlugins(seen, task);
  const mounts = await inspectForPod(config, effects);
  const generation = seen.ledger?.generation;
  return auditAnswer({
    version: generation?.version,
    platform: generation?.platform ?? `linux/${config.arch}`,
    generation: generation?.number,
    plugins: plugins.map(({ audit }) => audit),
    mounts: (mounts?.mounts ?? []).map(({ path, mountPoint, after }) => ({
      path,
      mountPoint,
      propagation: after,
    })),
    advisories: generation === undefined ? [] : advisoriesOf(generation.version),
    findings: [
      ...seen.findings,
      ...plugins.flatMap(({ findings }) => findings),
      ...(await storeFindings(seen, task)),
      ...(mounts?.findings ?? []),
    ],
  });
}

/** The names to look at besides the ledger's: those the operator gave, and the usual ones on a node without a ledger. */
function expectedWithoutLedger({ wish }: Config): readonly string[] {
  return wantedNames(wish, pluginsOf(wish.version) ?? []);
}

interface AuditedPlugin {
  readonly audit: PluginAudit;
  readonly findings: readonly Finding[];
}

async function auditPlugins(seen: Survey, task: Task): Promise<AuditedPlugin[]> {
  const recorded = Object.keys(seen.ledger?.generation.plugins ?? {});
  const { wish } = task.config;
  const asked = wish.explicit || recorded.length === 0 ? expectedWithoutLedger(task.config) : [];
  const names = [...new Set([...recorded, ...asked])].filter((name) => !wish.skip.includes(name)).toSorted();
  const audited: AuditedPlugin[] = [];
  for (const name of names) audited.push(await auditOne(name, seen, task));
  return audited;
}

async function auditOne(name: string, seen: Survey, task: Task): Promise<AuditedPlugin> {
  const observed = seen.inventory.get(name) ?? { kind: 'absent' };
  const claim = seen.claims.get(name);
  const proof = { arch: task.config.arch, timeoutMs: proofTimeoutMs, signal: task.effects.signal };
  const verdict = await auditPlugin({ name, binDir: task.premises.binDir, observed, claim, proof });
  const isOurs = observed.kind === 'file' && observed.sha256 === claim?.sha256;
  const audit: PluginAudit = {
    name,
    state: verdict.state,
    sha256: observed.kind === 'file' ? observed.sha256 : undefined,
    version: isOurs ? seen.ledger?.generation.version : undefined,
    owner: observed.kind === 'absent' ? undefined : ownerOf(claim),
  };
  return { audit, findings: findingsOn(name, verdict, seen) };
}

/** A name that we placed stays ours whatever was written over it. */
function ownerOf(claim: Claim | undefined): PluginAudit['owner'] {
  if (claim === undefined) return 'other';
  return claim.original === 'equal' ? 'adopted' : 'ours';
}

function findingsOn(name: string, { state, because }: Verdict, seen: Survey): Finding[] {
  const hint = 'run install again; it repairs from the store of the node, without a network';
  const kept = seen.ledger?.generation.kept[name] !== undefined;
  switch (state) {
    case 'intact':
      return [];
    case 'foreign':
      if (kept) return [];
      return [
        {
          code: 'plugin-foreign',
          message: `${name} is not ours`,
          hint: 'run install to take it over, or leave it out with --skip',
        },
      ];
    case 'absent':
      return [{ code: 'plugin-absent', message: `${name} is not there`, hint }];
    case 'changed':
      return [{ code: 'plugin-changed', message: `${name} works, but has other bytes than we placed`, hint }];
    case 'not-executable':
      return [{ code: 'plugin-not-executable', message: `${name} has lost its execute bit`, hint }];
    case 'broken':
      return [{ code: 'plugin-broken', message: because ?? `${name} does not work`, hint }];
  }
}

/** Whether repair, rollback and uninstall will find what they need. */
async function storeFindings({ ledger }: Survey, { premises: { stateDir } }: Task): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, { sha256 }] of Object.entries(ledger?.generation.plugins ?? {})) {
    if (await hasIntactBlob(stateDir, sha256)) continue;
    findings.push({
      code: 'store-damaged',
      message: `the store's copy of ${name} is missing or damaged: ${stateDir.blobPath(sha256)}`,
      hint: 'run install with the archive at hand; it fills the store again',
    });
  }
  for (const [name, original] of Object.entries(ledger?.originals ?? {})) {
    if (original !== 'displaced' || lstatIfThere(stateDir.originalPath(name)) !== undefined) continue;
    findings.push({
      code: 'original-missing',
      message: `what ${name} displaced is no longer at ${stateDir.originalPath(name)}`,
      hint: 'uninstall leaves ours there, for it can not give that one back',
    });
  }
  return findings;
}
