// The loop that keeps a node proved: it looks, audits what differs, and has put back what the policy says.

import { Failure } from '../failure/failure.ts';
import type { RunEffects } from '../lib/effects.ts';
import type { AuditTrigger } from '../report/metrics.ts';
import { Attention, type WatchMode } from './attention.ts';
import { changedNames, type Glance, wasReplaced } from './glance.ts';
import type { TroubleView, WatchView } from './health.ts';
import { PluginMemory } from './plugin-memory.ts';
import { Reminders } from './reminders.ts';
import { spread } from './schedule.ts';
import {
  repairAll,
  type Repair,
  type WatchedAudit,
  type WatchedNode,
  type WatchedPlugin,
} from './watched-node.ts';

export interface GuardSettings {
  readonly binDir: string;
  readonly periodMs: number;
  readonly onDrift: 'repair' | 'report';
  /** Repairs of one plugin in ten minutes. */
  readonly budget: number;
}

/** Is told what happens, for metrics and for whoever asks. */
export interface GuardObserver {
  readonly audited: (trigger: AuditTrigger, audit: WatchedAudit | undefined, seconds: number) => void;
  readonly repaired: (plugin: WatchedPlugin) => void;
  readonly repairFailed: (plugin: WatchedPlugin, repair: Repair) => void;
  readonly modeIs: (mode: WatchMode) => void;
}

/** Looks at the directory by themselves; three of them without an answer, and the watch is not live. */
const pulseMs = 10_000;
/** After a look that the node refused: a trouble of the disk is no reason to ask it without pause. */
const afterRefusalMs = 60_000;
const deepEveryMs = 6 * 60 * 60_000;
const isDeep: ReadonlySet<AuditTrigger> = new Set(['start', 'deep']);

export class Guard {
  readonly #node: WatchedNode;
  readonly #settings: GuardSettings;
  readonly #effects: RunEffects;
  readonly #observer: GuardObserver;
  readonly #attention: Attention;
  readonly #reminders: Reminders;
  readonly #memory: PluginMemory;
  #glance: Glance | undefined;
  #audit: WatchedAudit | undefined;
  #lastGlanceMs: number;
  #deepAuditDone = false;
  #auditAtMs = 0;
  #deepAtMs = 0;
  #notBeforeMs = 0;

  constructor(node: WatchedNode, settings: GuardSettings, effects: RunEffects, observer: GuardObserver) {
    this.#node = node;
    this.#settings = settings;
    this.#effects = effects;
    this.#observer = observer;
    this.#attention = new Attention(settings.binDir, effects);
    this.#reminders = new Reminders(effects.log, effects.now);
    this.#memory = new PluginMemory(settings.budget);
    this.#lastGlanceMs = effects.now();
  }

  /** Ends when the bin dir is another directory than at the start; rejects with the signal's reason. */
  async run(): Promise<'replaced'> {
    const over = new AbortController();
    this.#attention.lookBegins();
    this.#observer.modeIs(this.#attention.mode);
    const first = await this.#node.glance([]);
    const pulse = this.#pulse(first, AbortSignal.any([this.#effects.signal, over.signal]));
    try {
      return await this.#keepWatch(first);
    } finally {
      this.#attention.close();
      over.abort();
      await pulse;
    }
  }

  async #keepWatch(first: Glance): Promise<'replaced'> {
    const { signal, now } = this.#effects;
    await this.#look('start', first);
    for (;;) {
      await this.#attention.rest(this.#nextMs(), signal);
      const trigger = this.#triggerAt(now());
      this.#attention.lookBegins();
      this.#observer.modeIs(this.#attention.mode);
      const glance = await this.#glanceFor(trigger);
      if (glance === undefined) continue;
      if (wasReplaced(first, glance)) return 'replaced';
      await this.#look(trigger, glance);
    }
  }

  /**
   * Looks at the directory alone, whatever the loop is busy with: the probe hangs on it, and one that was replaced is
   * found by it, for that gives no event.
   */
  async #pulse(first: Glance, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const glance = await this.#node.glance([]).catch(() => undefined);
      if (glance !== undefined) this.#lastGlanceMs = this.#effects.now();
      if (glance !== undefined && wasReplaced(first, glance)) this.#attention.stir();
      await this.#effects.sleep(pulseMs, signal).catch(() => undefined);
    }
  }

  /** For the probes. */
  view(): WatchView {
    return {
      lastGlanceMs: this.#lastGlanceMs,
      glancePeriodMs: pulseMs,
      deepAuditDone: this.#deepAuditDone,
      mountsAreFine: this.#audit?.mountsAreFine ?? true,
      troubles: this.#troubled().map((plugin) => this.#troubleView(plugin)),
    };
  }

  get contended(): readonly string[] {
    return this.#names().filter((name) => this.#memory.isContended(name));
  }

  #nextMs(): number {
    const repairAtMs = this.#settings.onDrift === 'repair' ? this.#memory.dueMs : Infinity;
    return Math.max(this.#notBeforeMs, Math.min(this.#auditAtMs, this.#deepAtMs, repairAtMs));
  }

  #triggerAt(nowMs: number): AuditTrigger {
    if (nowMs < this.#nextMs()) return 'event';
    return nowMs >= this.#deepAtMs ? 'deep' : 'period';
  }

  /** Undefined where the node refuses even that: it is told, and the watch goes on. */
  async #glanceFor(trigger: AuditTrigger): Promise<Glance | undefined> {
    const startedMs = this.#effects.now();
    try {
      return await this.#node.glance(this.#names());
    } catch (error) {
      this.#noteRefusal(trigger, error, startedMs);
      return undefined;
    }
  }

  #noteRefusal(trigger: AuditTrigger, error: unknown, startedMs: number): void {
    const { now } = this.#effects;
    const words = error instanceof Failure ? error.message : String(error);
    this.#reminders.warn('audit', `the node could not be audited: ${words}`);
    this.#observer.audited(trigger, undefined, (now() - startedMs) / 1000);
    this.#auditAtMs = 0;
    this.#notBeforeMs = now() + afterRefusalMs;
  }

  /** An audit only where one is due, or where the glance differs from the last. */
  async #look(trigger: AuditTrigger, glance: Glance): Promise<void> {
    const startedMs = this.#effects.now();
    const changed = changedNames(this.#glance, glance);
    this.#memory.noteChanges(changed, startedMs);
    this.#glance = glance;
    if (trigger === 'event' && changed.length === 0) return;
    if (!(await this.#auditNow(trigger))) return;
    if (this.#settings.onDrift === 'repair') await this.#repairWhatIsDue(startedMs);
    // Not before: what a start finds and puts back is no trouble of a node that was ready.
    this.#deepAuditDone ||= isDeep.has(trigger);
  }

  async #auditNow(trigger: AuditTrigger): Promise<boolean> {
    const { now, random, signal } = this.#effects;
    const startedMs = now();
    try {
      this.#audit = await this.#node.audit(isDeep.has(trigger) ? 'deep' : 'digests');
    } catch (error) {
      signal.throwIfAborted();
      this.#noteRefusal(trigger, error, startedMs);
      return false;
    }
    this.#memory.follow(this.#audit, now());
    this.#auditAtMs = now() + spread(this.#settings.periodMs, random());
    if (isDeep.has(trigger)) this.#deepAtMs = now() + spread(deepEveryMs, random());
    this.#observer.audited(trigger, this.#audit, (now() - startedMs) / 1000);
    return true;
  }

  /** @param lookedMs when the look began that all this follows from: from then on the next minute is counted */
  async #repairWhatIsDue(lookedMs: number): Promise<void> {
    const due = this.#troubled().filter(({ name }) => this.#memory.mayRepair(name, this.#effects.now()));
    await this.#tellOfContention();
    if (due.length === 0) return;
    const repairs = await repairAll(this.#node, due);
    for (const { plugin, repair } of repairs) this.#conclude(plugin, repair, lookedMs);
    if (repairs.some(({ repair }) => repair.failure !== undefined)) this.#tellOfRefusals();
    this.#glance = await this.#glanceFor('event');
    if (this.#glance === undefined) return;
    // Somebody may have written again while it was put back, and no event says so any more.
    await this.#auditNow('event');
    await this.#tellOfContention();
  }

  #conclude(plugin: WatchedPlugin, repair: Repair, lookedMs: number): void {
    const { now, log } = this.#effects;
    const { name } = plugin;
    if (repair.repaired.includes(name)) {
      this.#memory.noteRepair(name, lookedMs);
      this.#observer.repaired(plugin);
      return log.warn(`${plugin.because ?? name}; it was put back`, { plugin: name });
    }
    this.#memory.noteFailure(name, { atMs: now(), refusal: repair.failure });
    if (repair.failure !== undefined) this.#observer.repairFailed(plugin, repair);
  }

  /** Of all plugins in one line: a full disk is one trouble, however many plugins it concerns. */
  #tellOfRefusals(): void {
    const refused = this.#memory.refused();
    const clauses = refused.map(
      ({ names, message }) => `${names.join(', ')} could not be put back: ${message}`,
    );
    this.#reminders.warn('repair', clauses.join('; '), { hint: refused.at(-1)?.hint });
  }

  async #tellOfContention(): Promise<void> {
    for (const name of this.#memory.newlyContended()) {
      const isGone = this.#troubled().some((one) => one.name === name && one.trouble === 'absent');
      const deed = isGone
        ? 'somebody removes it again and again'
        : `somebody else writes it again and again; ${await this.#node.writerOf(name)}`;
      this.#effects.log.warn(`${name} is contended: ${deed}`, { plugin: name });
    }
  }

  #names(): readonly string[] {
    return this.#audit?.plugins.map(({ name }) => name) ?? [];
  }

  #troubled(): readonly WatchedPlugin[] {
    return this.#audit?.plugins.filter(({ trouble }) => trouble !== undefined) ?? [];
  }

  #troubleView({ name, trouble, because }: WatchedPlugin): TroubleView {
    return {
      name,
      because: because ?? `${name} is ${trouble}`,
      works: trouble === 'changed',
      sinceMs: this.#memory.troubledSinceMs(name) ?? this.#effects.now(),
      repairFailed: this.#memory.hasFailed(name),
    };
  }
}
