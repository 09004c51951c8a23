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
import type { Generation } from '../node/state/ledger.ts';
import type { RepairFailureReason } from '../report/metrics.ts';
import { type Glance, glanceAt } from './glance.ts';
import type { Repair, WatchedAudit, WatchedNode, WatchedPlugin } from './watched-node.ts';

export interface UnderWatch extends Pick<PutBackRequest, 'premises' | 'rules' | 'refill'> {
  /** Looks at the mounts without changing them; undefined where nobody wants to know. */
  readonly inspectMounts: () => Promise<Sharing | undefined>;
  readonly mountsAreRequired: boolean;
  readonly lost: LostSet | undefined;
}

/** A set that the node had until its record vanished with the bin dir, and shall have again. */
export interface LostSet {
  readonly generation: Generation;
  /** Puts the whole set into the new bin dir, from what the node and the image have; returns the names it has placed. */
  readonly restore: (effects: Effects) => Promise<readonly string[]>;
  /** The node has a record again: the next start needs no word of it. */
  readonly forget: () => void;
}

/** Beside what is recorded: the ledger is the truth. */
const nothingGiven = { plugins: [], skip: [], namedBy: undefined, version: undefined } as const;

/** A repair takes a moment; another installer that holds the lock for longer must not hold up the looks. */
const repairTimeoutMs = 60_000;

export class NodeUnderWatch implements WatchedNode {
  readonly #node: UnderWatch;
  readonly #effects: Effects;
  #ofStore: readonly Finding[] = [];
  #lost: LostSet | undefined;

  constructor(node: UnderWatch, effects: Effects) {
    this.#node = node;
    this.#effects = effects;
    this.#lost = node.lost;
  }

  glance(names: readonly string[]): Promise<Glance> {
    const { binDir, stateDir } = this.#node.premises;
    return onNode(() => glanceAt(binDir, names, stateDir.ledgerPath));
  }

  async audit(depth: 'digests' | 'deep'): Promise<WatchedAudit> {
    const { premises, rules, inspectMounts, mountsAreRequired } = this.#node;
    const expected = { ...nothingGiven, plugins: ownNames(this.#lost) };
    const audit = await onNode(() => auditNode({ premises, rules, expected, depth }));
    if (audit.generation !== undefined) this.#forgetLost();
    const sharing = await inspectMounts();
    return {
      wish: wishIn(audit),
      generation: audit.generation ?? this.#lost?.generation,
      plugins: this.#watchedIn(audit),
      mountsAreFine: !mountsAreRequired || sharing?.shared === true,
      audit: wholeAudit(this.#withStore(audit, depth), { arch: rules.arch, sharing }),
    };
  }

  #watchedIn({ generation, plugins }: NodeAudit): readonly WatchedPlugin[] {
    if (generation !== undefined) return plugins.map(watched);
    return this.#lost === undefined ? [] : plugins.map(watchedAsLost);
  }

  #forgetLost(): void {
    const lost = this.#lost;
    this.#lost = undefined;
    lost?.forget();
  }

  async repair(names: readonly string[]): Promise<Repair> {
    const { signal } = this.#effects;
    const time = deadline(repairTimeoutMs, signal, repairTookTooLong);
    try {
      const effects = { ...this.#effects, signal: time.signal };
      return { repaired: await this.#putBack(names, effects), failure: undefined };
    } catch (error) {
      signal.throwIfAborted();
      const refused = asRefusal(error, undefined, this.#node.premises.binDir);
      if (!(refused instanceof Failure)) throw error;
      return { repaired: [], failure: refusedRepair(refused) };
    } finally {
      time.cancel();
    }
  }

  async #putBack(names: readonly string[], effects: Effects): Promise<readonly string[]> {
    return this.#lost?.restore(effects) ?? putBack({ ...this.#node, names }, effects);
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

/** What stands under a name in the new bin dir is not what the node had, though it works. */
function watchedAsLost(plugin: AuditedPlugin): WatchedPlugin {
  if (plugin.state !== 'foreign') return watched(plugin);
  return {
    name: plugin.name,
    trouble: 'changed',
    because: `${plugin.name} is another one since the bin dir was replaced`,
  };
}

function ownNames(lost: LostSet | undefined): readonly string[] {
  if (lost === undefined) return [];
  const { plugins, kept } = lost.generation;
  return Object.keys(plugins).filter((name) => kept[name] === undefined);
}

function repairTookTooLong(): Failure {
  return new Failure('timeout', { message: `the repair was not over after ${repairTimeoutMs} ms` });
}

const reasonByCode: Readonly<Record<string, RepairFailureReason>> = {
  'store-damaged': 'store',
  'set-incomplete': 'store',
  'node-no-space': 'space',
  'node-read-only': 'read-only',
  'node-locked': 'lock',
};

function refusedRepair({ code, kind, message, hint }: Failure): Repair['failure'] {
  return { reason: reasonByCode[code] ?? (kind === 'plugin' ? 'proof' : 'other'), message, hint };
}
