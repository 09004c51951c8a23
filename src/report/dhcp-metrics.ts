// What is known of a DHCP daemon, as metrics in Prometheus' text format.

import type { ProcessFacts } from '../lib/effects.ts';
import { MetricSeries } from './metric-series.ts';

/** As the verb knows it; numbers that only grow are counters. */
export interface DaemonFigures {
  readonly isUp: boolean;
  readonly leases: number;
  readonly restarts: number;
  readonly readopted: Readonly<Record<string, number>>;
  readonly expired: number;
  readonly isOutdated: boolean;
}

export class DhcpMetrics {
  readonly #series: MetricSeries;
  readonly #figures: () => DaemonFigures;

  constructor(ownProcess: ProcessFacts, figures: () => DaemonFigures) {
    this.#series = new MetricSeries(ownProcess);
    this.#series.watchProcess(ownProcess);
    this.#figures = figures;
  }

  async page(): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#refresh();
    return { contentType: this.#series.contentType, body: await this.#series.text() };
  }

  #refresh(): void {
    const { isUp, leases, restarts, readopted, expired, isOutdated } = this.#figures();
    const series = this.#series;
    series.setOne('dhcp_up', 'Whether the DHCP daemon runs and answers', Number(isUp));
    series.setOne('dhcp_leases', 'Leases that the DHCP daemon keeps', leases);
    series.setOne(
      'dhcp_outdated',
      'Whether the DHCP daemon is of another release than the plugin on the node',
      Number(isOutdated),
    );
    series.setTotal('dhcp_restarts_total', 'Starts of the DHCP daemon after its first', [[{}, restarts]]);
    series.setTotal(
      'dhcp_readopted_total',
      'Attachments whose lease the DHCP daemon was asked to take up after a start, by what came of it',
      Object.entries(readopted).map(([result, count]) => [{ result }, count] as const),
    );
    series.setTotal('dhcp_lease_expired_total', 'Leases that expired, so that an interface was set down', [
      [{}, expired],
    ]);
  }
}
