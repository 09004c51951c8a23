// `make bench-profile`: where the CPU of an install, and of a start with nothing to do, goes.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spreadOf } from './figures.ts';
import { type Command, createMeter, type Meter } from './measured-run.ts';
import { type CpuProfile, phasesOf } from './phases.ts';
import { freshBinDir, installer, type Scene, type Source } from './scene.ts';
import { withScene } from './stage.ts';

const runs = 5;

/** Samples; fine enough for a start of a tenth of a second. */
const intervalUs = 200;

interface Profiled {
  readonly title: string;
  readonly command: () => Command;
}

function works(scene: Scene): readonly Profiled[] {
  const { plugins } = scene;
  const install = (from: Source) => (): Command => {
    return installer(scene, freshBinDir(scene, 'ours'), { from, plugins });
  };
  const idle = (): Command => installer(scene, join(scene.scratch, 'ours'), { from: 'http', plugins });
  return [
    { title: 'install over HTTP', command: install('http') },
    { title: 'install from a local archive', command: install('archive') },
    { title: 'nothing to do', command: idle },
  ];
}

async function show({ title, command }: Profiled, scene: Scene, meter: Meter): Promise<void> {
  const totals: number[] = [];
  for (let run = 0; run < runs; run += 1) totals.push((await meter(command())).cpuMs);
  const directory = freshBinDir(scene, 'profile');
  await meter(profiled(command(), directory));
  say(`\n${title}: ${spreadOf(totals).median.toFixed(0)} ms of CPU in all processes, median of ${runs} runs`);
  for (const [phase, ms] of phasesOf(newestProfile(directory)))
    say(`  ${phase.padEnd(20)} ${ms.toFixed(1).padStart(8)} ms`);
}

/** Where the command's words begin with Node. */
function profiled({ words: [node = '', ...words], env }: Command, directory: string): Command {
  const options = ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${intervalUs}`];
  return { words: [node, ...options, ...words], env };
}

function newestProfile(directory: string): CpuProfile {
  const [file = ''] = readdirSync(directory);
  return JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile;
}

/** Each plugin run once, as the installer runs it: what no shell script pays. */
async function showProofs({ scratch, plugins }: Scene, meter: Meter): Promise<void> {
  const totals = await Promise.all(
    plugins.map((name) => meter({ words: [join(scratch, 'ours', name)], env: {} })),
  );
  const sum = totals.reduce((ms, { cpuMs }) => ms + cpuMs, 0);
  say(`\nthe ${plugins.length} plugins themselves, run once each: ${sum.toFixed(0)} ms of CPU`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await withScene({}, async (scene) => {
  const meter = createMeter(scene.scratch);
  say('Time on the main thread by phase, profiled, waiting for others included.');
  for (const work of works(scene)) await show(work, scene, meter);
  await showProofs(scene, meter);
});
