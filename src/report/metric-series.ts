// The registry behind a page of metrics: our prefix, gauges that are set anew, counters, and what each process tells of itself.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ProcessFacts } from '../lib/effects.ts';
import { productVersion } from '../lib/product.ts';

const metricPrefix = 'cni_plugins_installer_';

/** Labels of a series, and its value. */
export type Sample = readonly [labels: Readonly<Record<string, string | number>>, value: number];

export class MetricSeries {
  readonly #registry = new Registry();
  readonly #gauges = new Map<string, Gauge>();
  readonly #totals = new Map<string, Counter>();

  constructor({ nodeVersion }: Pick<ProcessFacts, 'nodeVersion'>) {
    this.set('build_info', 'The program that says this', [
      [{ version: productVersion, node_version: nodeVersion }, 1],
    ]);
  }

  /** `text/plain; version=0.0.4; charset=utf-8` */
  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The standard metrics of a process, by the names that every dashboard knows. */
  watchProcess({ residentBytes, cpuSeconds, startedAtMs }: ProcessFacts): void {
    const registers = [this.#registry];
    const memory: Gauge = new Gauge({
      name: 'process_resident_memory_bytes',
      help: 'Resident memory size in bytes.',
      registers,
      collect: () => memory.set(residentBytes()),
    });
    const time: Counter = new Counter({
      name: 'process_cpu_seconds_total',
      help: 'Total user and system CPU time spent in seconds.',
      registers,
      collect: () => {
        time.reset();
        time.inc(cpuSeconds());
      },
    });
    const start = new Gauge({
      name: 'process_start_time_seconds',
      help: 'Start time of the process since unix epoch in seconds.',
      registers,
    });
    start.set(startedAtMs / 1000);
  }

  counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({
      name: metricPrefix + name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
    });
  }

  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    return new Histogram({
      name: metricPrefix + name,
      help,
      buckets: [...buckets],
      registers: [this.#registry],
    });
  }

  setOne(name: string, help: string, value: number): void {
    this.set(name, help, [[{}, value]]);
  }

  /** Series of what is no longer there go. */
  set(name: string, help: string, samples: readonly Sample[]): void {
    const [first] = samples;
    if (first === undefined && !this.#gauges.has(name)) return;
    const gauge = this.#gauges.get(name) ?? this.#gauge(name, help, Object.keys(first?.[0] ?? {}));
    gauge.reset();
    for (const [labels, value] of samples) gauge.set({ ...labels }, value);
  }

  /** Counters whose totals somebody else keeps. */
  setTotal(name: string, help: string, samples: readonly Sample[]): void {
    const labelNames = Object.keys(samples[0]?.[0] ?? {});
    const total = this.#totals.get(name) ?? this.counter(name, help, labelNames);
    this.#totals.set(name, total);
    total.reset();
    for (const [labels, value] of samples) total.inc({ ...labels }, value);
  }

  #gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
    const gauge = new Gauge({
      name: metricPrefix + name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
    });
    this.#gauges.set(name, gauge);
    return gauge;
  }
}
