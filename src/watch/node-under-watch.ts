// The node as the guard sees it: glances, audits and repairs by the engine.

import { join } from 'node:path';
import { auditNode, type AuditedPlugin, type NodeAudit } from '../engine/audit/audit-node.ts';
import { wholeAudit } from '../engine/audit/whole-audit.ts';
import type { Effects } from '../engine/context.ts';
import { putBack, type PutBackRequest } from '../engine/put-back.ts';
import { Failure } from '../failure/failure.ts';
import type { Finding } from '../failure/finding.ts';
import { asRefusal, onNode } from '../failure/system-error.ts';
import { deadline } from '../lib/time/deadline.ts';
import type { Sharing } from '../node/mounts/mounts.ts';
import { introduceAll, writerBy } from '../node/plugins/introduction.ts';
import type { RepairFailureReason } from '../report/metrics.ts';
import { type Glance, glanceAt } from './glance.ts';
import type { Repair, WatchedAudit, WatchedNode, WatchedPlugin } from './watched-node.ts';

export interface UnderWatch extends Pick<PutBackRequest, 'premises' | 'rules' | 'refill'> {
  /** Looks at the mounts without changing them; undefined where nobody wants to know. */
  readonly inspectMounts: () => Promise<Sharing | undefined>;
  readonly mountsAreRequired: boolean;
}

/** Beside what is recorded: the ledger is the truth. */
const nothingGiven = { plugins: [], skip: [], namedBy: undefined, version: undefined } as const;

/** A repair takes a moment; another installer that holds the lock for longer must not hold up the looks. */
const repairTimeoutMs = 60_000;

export class NodeUnderWatch implements WatchedNode {
  readonly #node: UnderWatch;
  readonly #effects: Effects;
  #ofStore: readonly Finding[] = [];

  constructor(node: UnderWatch, effects: Effects) {
    this.#node = node;
    this.#effects = effects;
  }

  glance(names: readonly string[]): Promise<Glance> {
    const { binDir, stateDir } = this.#node.premises;
    return onNode(() => glanceAt(binDir, names, stateDir.ledgerPath));
  }

  async audit(depth: 'digests' | 'deep'): Promise<WatchedAudit> {
    const { premises, rules, inspectMounts, mountsAreRequired } = this.#node;
    const audit = await onNode(() => auditNode({ premises, rules, expected: nothingGiven, depth }));
    const sharing = await inspectMounts();
    return {
      wish: wishIn(audit),
      generation: audit.generation,
      plugins: audit.generation === undefined ? [] : audit.plugins.map(watched),
      mountsAreFine: !mountsAreRequired || sharing?.shared === true,
      audit: wholeAudit(this.#withStore(audit, depth), { arch: rules.arch, sharing }),
    };
  }

  async repair(names: readonly string[]): Promise<Repair> {
    const { signal } = this.#effects;
    const time = deadline(repairTimeoutMs, signal, repairTookTooLong);
    try {
      const effects = { ...this.#effects, signal: time.signal };
      return { repaired: await putBack({ ...this.#node, names }, effects), failure: undefined };
    } catch (error) {
      signal.throwIfAborted();
      const refused = asRefusal(error, undefined, this.#node.premises.binDir);
      if (!(refused instanceof Failure)) throw error;
      return { repaired: [], failure: { reason: failureReason(refused), message: refused.message } };
    } finally {
      time.cancel();
    }
  }

  async writerOf(name: string): Promise<string> {
    const { premises, rules } = this.#node;
    const introductions = await introduceAll([[name, join(premises.binDir, name)]], rules);
    const introduction = introductions.get(name);
    return introduction === undefined ? '' : writerBy(introduction);
  }

  /** The store is read by deep audits only; what the last one found there stands until the next. */
  #withStore(audit: NodeAudit, depth: 'digests' | 'deep'): NodeAudit {
    if (depth === 'deep') this.#ofStore = audit.findings.filter(isOfStore);
    return { ...audit, findings: [...audit.findings.filter((one) => !isOfStore(one)), ...this.#ofStore] };
  }
}

function isOfStore({ code }: Finding): boolean {
  return code === 'store-damaged' || code === 'spare-store-damaged';
}

function wishIn({ generation }: NodeAudit): string {
  return generation === undefined ? 'nothing' : `${generation.number} ${generation.version}`;
}

/** What belongs to others and works is no trouble of ours. */
function watched({ name, state, finding }: AuditedPlugin): WatchedPlugin {
  const trouble = state === 'intact' || state === 'foreign' ? undefined : state;
  return { name, trouble, because: finding?.message };
}

function repairTookTooLong(): Failure {
  return new Failure('timeout', { message: `the repair was not over after ${repairTimeoutMs} ms` });
}

const reasonByCode: Readonly<Record<string, RepairFailureReason>> = {
  'store-damaged': 'store',
  'node-no-space': 'space',
  'node-read-only': 'read-only',
  'node-locked': 'lock',
};

function failureReason({ code, kind }: Failure): RepairFailureReason {
  return reasonByCode[code] ?? (kind === 'plugin' ? 'proof' : 'other');
}
