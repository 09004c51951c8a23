// The figures as people and as programs read them. Pure.

import type { Measure, Spread, Verdict } from './figures.ts';
import type { Figure } from './works.ts';

/** A figure that was measured. */
export interface Result extends Figure {
  readonly spread: Spread;
  /** Medians of everything that was measured, ratios only where there is a yardstick. */
  readonly values: Readonly<Partial<Record<Measure, number>>>;
  readonly verdict: Verdict;
  /** Measured pairs. */
  readonly n: number;
  /** Medians, in ms of CPU; of the yardstick where there is one. */
  readonly oursMs: number;
  readonly yardstickMs: number | undefined;
}

/** A table with aligned columns, in Markdown. */
export function tableOf(results: readonly Result[]): string {
  const rows = [
    ['work', 'figure', 'spread', 'target', 'verdict', 'ours', 'yardstick', 'n'],
    ...results.map(rowOf),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const [head = '', ...body] = rows.map(
    (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`,
  );
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return `${[head, rule, ...body].join('\n')}\n`;
}

function rowOf({ title, measure, spread, target, verdict, oursMs, yardstickMs, n }: Result): string[] {
  const figure = (value: number): string =>
    measure === 'rssMiB' ? `${value.toFixed(1)} MiB` : `${value.toFixed(2)} ×`;
  const { median, lower, upper } = spread;
  return [
    title,
    figure(median),
    `${lower.toFixed(2)}–${upper.toFixed(2)}`,
    `≤ ${figure(target)}`,
    verdict,
    milliseconds(oursMs),
    yardstickMs === undefined ? '–' : milliseconds(yardstickMs),
    String(n),
  ];
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(0)} ms`;
}

/** By the key of each figure: all that was measured with it, and which of it has which target. */
export function jsonOf(results: readonly Result[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(results.map((result) => [result.key, recordOf(result)]));
}

function recordOf({
  values,
  measure,
  spread,
  n,
  target,
  verdict,
}: Result): Readonly<Record<string, unknown>> {
  return {
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rounded(value)])),
    n,
    judged: measure,
    target: rounded(target),
    spread: [rounded(spread.lower), rounded(spread.upper)],
    verdict,
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
