// `make bench`: measures every work beside its yardstick, prints the table, and fails where a target is missed.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { judge, type Measure, measures, type Pair, spreadOf, valueOf } from './figures.ts';
import { createMeter, type Meter, type Usage } from './measured-run.ts';
import { withScene } from './stage.ts';
import { jsonOf, type Result, tableOf } from './table.ts';
import { type Work, worksOf } from './works.ts';

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '9' },
    only: { type: 'string', default: '' },
    archive: { type: 'string' },
    plugins: { type: 'string' },
    output: { type: 'string', default: 'build/bench.json' },
  },
});

async function bench(): Promise<number> {
  const results = await withScene(
    { archive: options.archive, plugins: options.plugins?.split(',') },
    (scene) => measureAll(chosen(worksOf(scene)), createMeter(scene.scratch)),
  );
  process.stdout.write(tableOf(results));
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(jsonOf(results), undefined, 2)}\n`);
  return results.some(({ verdict }) => verdict === 'missed') ? 1 : 0;
}

function chosen(works: readonly Work[]): readonly Work[] {
  const keys = options.only.split(',').filter((key) => key !== '');
  return works.filter(({ figures }) => keys.length === 0 || figures.some(({ key }) => keys.includes(key)));
}

async function measureAll(works: readonly Work[], meter: Meter): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const work of works) {
    const [{ title } = { title: '' }] = work.figures;
    if (work.missing === undefined) results.push(...(await measureOne(work, meter)));
    else process.stderr.write(`skipped: ${title}: this machine lacks ${work.missing}\n`);
  }
  return results;
}

async function measureOne(work: Work, meter: Meter): Promise<readonly Result[]> {
  const n = Math.min(Number(options.pairs), work.maxPairs ?? Infinity);
  const pairs: Pair[] = [];
  await pairOf(work, 0, meter);
  for (let number = 1; number <= n; number += 1) pairs.push(await pairOf(work, number, meter));
  return work.figures.map((figure) => {
    const spread = spreadOf(pairs.map((pair) => valueOf(figure.measure, pair)));
    const values = valuesOf(pairs);
    return { ...figure, spread, values, verdict: judge(spread, figure.target), n, ...medians(pairs) };
  });
}

/** Who goes first changes from pair to pair. */
async function pairOf({ ours, yardstick }: Work, number: number, meter: Meter): Promise<Pair> {
  if (yardstick === undefined) return { ours: await ours(meter), yardstick: undefined };
  if (number % 2 === 0) {
    const first = await ours(meter);
    return { ours: first, yardstick: await yardstick(meter) };
  }
  const first = await yardstick(meter);
  return { ours: await ours(meter), yardstick: first };
}

function valuesOf(pairs: readonly Pair[]): Result['values'] {
  const median = (name: Measure): number => spreadOf(pairs.map((pair) => valueOf(name, pair))).median;
  const measured = measures.map((name): [Measure, number] => [name, median(name)]);
  return Object.fromEntries(measured.filter(([, value]) => !Number.isNaN(value)));
}

function medians(pairs: readonly Pair[]): Pick<Result, 'oursMs' | 'yardstickMs'> {
  const cpuMs = (usages: readonly Usage[]): number => spreadOf(usages.map((usage) => usage.cpuMs)).median;
  const yardsticks = pairs.flatMap(({ yardstick }) => yardstick ?? []);
  return {
    oursMs: cpuMs(pairs.map(({ ours }) => ours)),
    yardstickMs: yardsticks.length === 0 ? undefined : cpuMs(yardsticks),
  };
}

process.exitCode = await bench();
