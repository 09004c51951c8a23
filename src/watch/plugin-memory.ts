// What is remembered of each plugin from look to look: its troubles, its repairs, and what was decided.

import {
  decideRepair,
  noHistory,
  type PluginHistory,
  type RepairDecision,
  type PluginTrouble,
  whenIntact,
  whenRepaired,
  whenTroubled,
} from './repair-policy.ts';
import type { RefusedRepair, WatchedAudit } from './watched-node.ts';

/** After a repair that failed, the next attempt comes a minute later at the earliest. */
const failurePauseMs = 60_000;

/** A repair that did not succeed; undefined is what stood in its way where nothing did, but the ledger had changed. */
interface FailedRepair {
  readonly atMs: number;
  readonly refusal: RefusedRepair | undefined;
}

/** Names that could not be put back for one and the same reason. */
export interface RefusedPlugins extends RefusedRepair {
  readonly names: readonly string[];
}

export class PluginMemory {
  readonly #budget: number;
  readonly #histories = new Map<string, PluginHistory>();
  readonly #decisions = new Map<string, RepairDecision>();
  readonly #failures = new Map<string, FailedRepair>();
  readonly #toldContended = new Set<string>();
  #wish: string | undefined;

  constructor(budget: number) {
    this.#budget = budget;
  }

  /** When the next decision falls due by itself. */
  get dueMs(): number {
    const dues = [...this.#decisions].map(([name, decision]) =>
      decision.do === 'wait' ? decision.untilMs : this.#repairableFromMs(name),
    );
    return Math.min(Infinity, ...dues);
  }

  noteChanges(names: readonly string[], nowMs: number): void {
    for (const name of names) {
      this.#histories.set(name, { ...this.#history(name), lastChangeMs: nowMs });
    }
  }

  /** Decides anew about every plugin; another wish makes old quarrels void. */
  follow({ wish, plugins }: WatchedAudit, nowMs: number): void {
    if (this.#wish !== undefined && this.#wish !== wish) this.#forgetQuarrels();
    this.#wish = wish;
    this.#decisions.clear();
    for (const { name, trouble } of plugins) {
      if (trouble === undefined) this.#settle(name);
      else this.#judge(name, trouble, nowMs);
    }
  }

  mayRepair(name: string, nowMs: number): boolean {
    return this.#decisions.get(name)?.do === 'repair' && nowMs >= this.#repairableFromMs(name);
  }

  noteRepair(name: string, nowMs: number): void {
    this.#histories.set(name, whenRepaired(this.#history(name), nowMs));
    this.#failures.delete(name);
  }

  noteFailure(name: string, failure: FailedRepair): void {
    this.#failures.set(name, failure);
  }

  /** By what the node said, the names that it did not let be put back. */
  refused(): readonly RefusedPlugins[] {
    const told = [...this.#failures].flatMap(([name, { refusal }]) =>
      refusal === undefined ? [] : { name, refusal },
    );
    const byMessage = Map.groupBy(told, ({ refusal }) => refusal.message);
    return [...byMessage.values()].flatMap(([first, ...others]) =>
      first === undefined ? [] : { ...first.refusal, names: [first, ...others].map(({ name }) => name) },
    );
  }

  hasFailed(name: string): boolean {
    return this.#failures.has(name);
  }

  isContended(name: string): boolean {
    return this.#decisions.get(name)?.contended ?? false;
  }

  /** Each plugin once, when it becomes contended. */
  newlyContended(): readonly string[] {
    const fresh = [...this.#decisions.keys()].filter(
      (name) => this.isContended(name) && !this.#toldContended.has(name),
    );
    for (const name of fresh) this.#toldContended.add(name);
    return fresh;
  }

  troubledSinceMs(name: string): number | undefined {
    return this.#history(name).troubledSinceMs;
  }

  #repairableFromMs(name: string): number {
    return (this.#failures.get(name)?.atMs ?? -Infinity) + failurePauseMs;
  }

  #history(name: string): PluginHistory {
    return this.#histories.get(name) ?? noHistory;
  }

  #judge(name: string, trouble: PluginTrouble, nowMs: number): void {
    const decision = decideRepair(trouble, this.#history(name), { nowMs, budget: this.#budget });
    this.#decisions.set(name, decision);
    this.#histories.set(name, whenTroubled(this.#history(name), decision, { trouble, nowMs }));
  }

  #settle(name: string): void {
    this.#histories.set(name, whenIntact(this.#history(name)));
    this.#failures.delete(name);
  }

  #forgetQuarrels(): void {
    this.#histories.clear();
    this.#failures.clear();
    this.#toldContended.clear();
  }
}
