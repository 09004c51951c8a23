// What is known of a node, as metrics in Prometheus' text format.
//
// Names are an interface: dashboards and alerts of operators hang on them. No label has a value that grows without bound:
// no pods, no messages, no digests. Which node it is, whoever scrapes knows.

import { isShared } from '../node/mounts/sharing-plan.ts';
import type { Audit } from './audit.ts';
import { MetricSeries, type Sample } from './metric-series.ts';

/** What is known besides an audit. */
export interface AuditContext {
  /** Names of plugins that somebody else writes again and again. */
  readonly contended: readonly string[];
  /** Milliseconds since the epoch. */
  readonly auditedAtMs: number;
}

export type RepairReason = 'absent' | 'broken' | 'changed' | 'not-executable';
export type RepairFailureReason = 'store' | 'space' | 'read-only' | 'proof' | 'lock' | 'other';
export type AuditTrigger = 'start' | 'event' | 'period' | 'deep';
export type AuditResult = 'intact' | 'drifted' | 'failed';

/** One registry: gauges are set anew by each look, counters only grow. */
export class NodeMetrics extends MetricSeries {
  readonly #repairs = this.counter('repairs_total', 'Plugins put back, by what was wrong', [
    'plugin',
    'reason',
  ]);
  readonly #failures = this.counter(
    'repair_failures_total',
    'Repairs that did not succeed, by what stood in the way',
    ['plugin', 'reason'],
  );
  readonly #audits = this.counter('audits_total', 'Audits of the node', ['trigger', 'result']);
  readonly #detached = this.counter(
    'bin_dir_detached_total',
    'Times the bin dir was replaced under the running process',
    [],
  );
  readonly #writes = this.counter(
    'api_writes_total',
    'What the API server was told, by what it was, and what came of it',
    ['object', 'result'],
  );
  readonly #durations = this.histogram(
    'audit_duration_seconds',
    'How long an audit took',
    [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  );

  /** Sets the gauges to what was found; series of what is no longer there go. */
  show(audit: Audit, { contended, auditedAtMs }: AuditContext): void {
    const { plugins, mounts, advisories, findings } = audit;
    this.set('release_info', 'The release that stands on the node', releaseSamples(audit));
    this.set(
      'plugin_state',
      'The state of each wanted plugin: one series a plugin',
      plugins.map(({ name, state }): Sample => [{ plugin: name, state }, 1]),
    );
    this.set(
      'plugin_contended',
      'Whether somebody else writes the plugin again and again',
      plugins.map(({ name }): Sample => [{ plugin: name }, Number(contended.includes(name))]),
    );
    this.set(
      'mount_shared',
      'Whether the mount that holds the path is shared where the runtime sees it',
      mountSamples(mounts),
    );
    this.setOne(
      'store_intact',
      "Whether the node's store has every plugin whole",
      Number(findings.every(({ code }) => code !== 'store-damaged')),
    );
    this.setOne(
      'spare_store_intact',
      'Whether the spare store, where there is one, has every plugin whole',
      Number(findings.every(({ code }) => code !== 'spare-store-damaged')),
    );
    this.set(
      'release_advisory',
      'Advisories that concern the release that stands',
      advisories.map(({ id }): Sample => [{ id }, 1]),
    );
    this.setOne('last_audit_timestamp_seconds', 'When the node was last audited', auditedAtMs / 1000);
  }

  showMode(mode: 'inotify' | 'polling'): void {
    this.set('watch_mode', 'How changes of the bin dir are noticed', [[{ mode }, 1]]);
  }

  /** Series of what never happened are there with 0: else an increase from nothing to one is none. */
  expect(plugins: readonly string[], repairs: readonly RepairReason[]): void {
    for (const plugin of plugins) for (const reason of repairs) this.#repairs.inc({ plugin, reason }, 0);
  }

  /** The same for what Kubernetes is told. */
  expectWrites(writes: readonly (readonly [object: string, result: string])[]): void {
    for (const [object, result] of writes) this.#writes.inc({ object, result }, 0);
  }

  countWrite(object: string, result: string): void {
    this.#writes.inc({ object, result });
  }

  countRepair(plugin: string, reason: RepairReason): void {
    this.#repairs.inc({ plugin, reason });
  }

  countRepairFailure(plugin: string, reason: RepairFailureReason): void {
    this.#failures.inc({ plugin, reason });
  }

  countAudit(trigger: AuditTrigger, result: AuditResult, seconds: number): void {
    this.#audits.inc({ trigger, result });
    this.#durations.observe(seconds);
  }

  countDetached(times: number): void {
    this.#detached.inc(times);
  }
}

function releaseSamples({ version, platform, generation }: Audit): readonly Sample[] {
  if (version === undefined || generation === undefined) return [];
  return [[{ version, platform, generation }, 1]];
}

/** Of several mount namespaces the runtime's comes first. What could not be looked at is not told. */
function mountSamples(mounts: Audit['mounts']): readonly Sample[] {
  const byPath = Map.groupBy(
    mounts.filter(({ propagation }) => propagation !== 'unknown'),
    ({ path }) => path,
  );
  return [...byPath].map(([path, [first]]): Sample => [
    { path },
    Number(first !== undefined && isShared(first.propagation)),
  ]);
}
