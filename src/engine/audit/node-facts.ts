// Everything that is known of a node, for whoever has to say what is wrong with it. Reads and runs; writes nothing.

import type { DoctorConfig } from '../../arguments/configure/doctor.ts';
import { kernelParts } from '../../checks/node/kernel.ts';
import type { ClusterObjects } from '../../cluster/objects.ts';
import { readNode } from '../../facts/read-node.ts';
import type { Asked, NodeFacts, RecordFacts } from '../../facts/node-facts.ts';
import { type Seen, seenAs, unseen, whyNot } from '../../facts/seen.ts';
import { Failure } from '../../failure/failure.ts';
import { askWhoIsAtWork } from '../../lib/files/lock.ts';
import { StateDir } from '../../node/state/state-dir.ts';
import { inspectMounts } from '../../node/mounts/mounts.ts';
import { auditNode, type NodeAudit } from './audit-node.ts';
import { type Effects, taskFor } from '../context.ts';
import { hostProcOf } from '../host/host-proc.ts';
import { hostRunner } from '../host/run-on-host.ts';

/** What was given besides the node itself. */
export interface Hints {
  readonly cluster: Seen<ClusterObjects>;
  readonly asked: Asked;
}

export async function nodeFacts(config: DoctorConfig, hints: Hints, effects: Effects): Promise<NodeFacts> {
  const { arch, node, confDir, nodeName, sharedPaths } = config;
  const hostProc = hostProcOf(config.hostProc, effects).path;
  const paths = [...new Set([...sharedPaths, ...hints.asked.paths])];
  const sharing = await inspectMounts({ mode: 'rshared', paths, hostProc, busybox: undefined });
  return readNode(
    {
      node: nodeName,
      arch,
      nowMs: effects.now(),
      apiServer: effects.apiServer,
      places: { binDir: node.binDir, confDir, hostProc, procPath: '/proc', sysPath: '/sys' },
      runOnHost: hostRunner(config.hostProc, effects),
      kernelParts,
      record: await ownRecord(config, effects),
      installersAtWork: await atWorkOn(new StateDir(node.stateDir)),
      sharing: seenAs(sharing),
      active: config.active,
      ...hints,
    },
    effects.signal,
  );
}

/** Whatever the node refuses is the reason why its record was not looked at. */
async function ownRecord(config: DoctorConfig, effects: Effects): Promise<Seen<RecordFacts>> {
  const { hostProc } = config;
  const { premises, rules } = taskFor({ ...config, sharing: { hostProc } }, effects);
  const expected = { plugins: [], skip: [], namedBy: undefined, version: undefined };
  try {
    const audit = await auditNode({ premises, rules, expected, depth: 'deep' });
    return seenAs(recordFacts(audit, premises.spare !== undefined));
  } catch (error) {
    effects.signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    return error.code === 'ledger-newer' ? seenAs(ofNewer(error.message)) : unseen(error.message);
  }
}

/** The lock is asked, not taken. */
async function atWorkOn({ locksPath }: StateDir): Promise<Seen<readonly string[]>> {
  try {
    return seenAs(await askWhoIsAtWork(locksPath));
  } catch (error) {
    return unseen(whyNot(locksPath, error));
  }
}

function recordFacts({ generation, findings }: NodeAudit, hasSpareStore: boolean): RecordFacts {
  return {
    release: generation?.version,
    plugins: new Map(Object.entries(generation?.plugins ?? {})),
    kept: new Set(Object.keys(generation?.kept ?? {})),
    findings,
    hasSpareStore,
    newer: undefined,
  };
}

function ofNewer(message: string): RecordFacts {
  return {
    release: undefined,
    plugins: new Map(),
    kept: new Set(),
    findings: [],
    hasSpareStore: false,
    newer: message,
  };
}
