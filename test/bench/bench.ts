// `make bench`: measures every work beside its yardstick, prints the table, and fails where a target is missed.

import { execFileSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { pluginsArchive } from '../node/plugins-archive.ts';
import { serveArchives } from './archive-server.ts';
import { judge, type Measure, measures, type Pair, spreadOf, valueOf } from './figures.ts';
import { createMeter, type Meter, type Usage } from './measured-run.ts';
import { type Archive, archiveAt, buildBundle, type Scene, served } from './scene.ts';
import { jsonOf, type Result, tableOf } from './table.ts';
import { type Work, worksOf } from './works.ts';

/** Six of the default plugins. */
const somePlugins = 'bridge,host-device,host-local,ipvlan,loopback,macvlan';

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '9' },
    only: { type: 'string', default: '' },
    archive: { type: 'string' },
    plugins: { type: 'string', default: somePlugins },
    output: { type: 'string', default: 'build/bench.json' },
  },
});

async function bench(): Promise<number> {
  const scratch = scratchDirectory();
  try {
    const archive = providedArchive(options.archive);
    await using server = await serveArchives(join(scratch, 'served'), scratch);
    const bundle = buildBundle(join(scratch, 'bundle'));
    const scene: Scene = { scratch, bundle, archive, plugins: options.plugins.split(','), server };
    publish(archive, join(scratch, 'served'));
    const results = await measureAll(chosen(worksOf(scene)), createMeter(scratch));
    process.stdout.write(tableOf(results));
    mkdirSync(dirname(options.output), { recursive: true });
    writeFileSync(options.output, `${JSON.stringify(jsonOf(results), undefined, 2)}\n`);
    return results.some(({ verdict }) => verdict === 'missed') ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Below build/: plugins have to be written to a disk, which a directory for temporary files need not be on. */
function scratchDirectory(): string {
  mkdirSync('build', { recursive: true });
  return mkdtempSync(join(process.cwd(), 'build/bench-'));
}

/** An archive of real plugins, made where there is none. */
function providedArchive(path: string | undefined): Archive {
  if (path !== undefined) return archiveAt(path);
  execFileSync('test/setup/plugins-archive.sh', ['v1.9.1'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return archiveAt(pluginsArchive('v1.9.1').path);
}

function publish(archive: Archive, directory: string): void {
  const path = join(directory, served(archive));
  mkdirSync(dirname(path), { recursive: true });
  try {
    linkSync(archive.path, path);
  } catch {
    copyFileSync(archive.path, path);
  }
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
