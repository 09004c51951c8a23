// What a watch remembers of itself for whoever asks: metrics, and the state as JSON.

import { type Audit, auditJson } from '../report/audit.ts';
import type { AuditTrigger, NodeMetrics, RepairReason } from '../report/metrics.ts';
import type { Generation } from '../node/state/ledger.ts';
import type { WatchMode } from './attention.ts';
import type { GuardObserver } from './guard.ts';
import type { Repair, WatchedAudit, WatchedPlugin } from './watched-node.ts';

const repairReasons: readonly RepairReason[] = ['absent', 'broken', 'changed', 'not-executable'];

export class WatchRecord implements GuardObserver {
  readonly #metrics: NodeMetrics;
  readonly #now: () => number;
  readonly #contended: () => readonly string[];
  #audit: Audit | undefined;
  #generation: Generation | undefined;
  #auditedAtMs = 0;
  #mode: WatchMode = 'polling';
  #repairs = 0;

  constructor(metrics: NodeMetrics, now: () => number, contended: () => readonly string[]) {
    this.#metrics = metrics;
    this.#now = now;
    this.#contended = contended;
  }

  /** The last audit; undefined before the first. */
  get audit(): Audit | undefined {
    return this.#audit;
  }

  /** The set that the node shall have, as last seen. */
  get generation(): Generation | undefined {
    return this.#generation;
  }

  audited(trigger: AuditTrigger, audit: WatchedAudit | undefined, seconds: number): void {
    const drifted = audit?.plugins.some(({ trouble }) => trouble !== undefined) ?? false;
    this.#metrics.countAudit(
      trigger,
      audit === undefined ? 'failed' : drifted ? 'drifted' : 'intact',
      seconds,
    );
    if (audit === undefined) return;
    this.#audit = audit.audit;
    this.#generation = audit.generation;
    this.#auditedAtMs = this.#now();
    this.#metrics.expect(
      audit.plugins.map(({ name }) => name),
      repairReasons,
    );
    this.refresh();
  }

  /** Brings what is told up to date: whether a plugin is contended is decided after the audit. */
  refresh(): void {
    if (this.#audit === undefined) return;
    this.#metrics.show(this.#audit, { contended: this.#contended(), auditedAtMs: this.#auditedAtMs });
  }

  repaired({ name, trouble }: WatchedPlugin): void {
    this.#repairs += 1;
    if (trouble !== undefined) this.#metrics.countRepair(name, trouble);
  }

  repairFailed({ name }: WatchedPlugin, { failure }: Repair): void {
    if (failure !== undefined) this.#metrics.countRepairFailure(name, failure.reason);
  }

  modeIs(mode: WatchMode): void {
    this.#mode = mode;
    this.#metrics.showMode(mode);
  }

  /** What `verify --output json` would say, and how the watch goes; undefined before the first audit. */
  state(): object | undefined {
    if (this.#audit === undefined) return undefined;
    return {
      ...auditJson(this.#audit),
      watch: {
        mode: this.#mode,
        lastAudit: new Date(this.#auditedAtMs).toISOString(),
        repairs: this.#repairs,
        contended: this.#contended(),
      },
    };
  }
}
