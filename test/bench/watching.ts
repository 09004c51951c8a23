// An hour of a watch over a healthy node, scaled down to half a minute: all that it does and is asked in an hour, in a row.

import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import type { Command, Meter, Usage } from './measured-run.ts';
import { freshBinDir, installer, type Scene } from './scene.ts';
import type { Work } from './works.ts';

/** Looks in an hour, each after an event here; the pauses are longer than the quiet that a look waits for. */
const looks = 120;
const pauseMs = 230;
/** As often as the chart's probes and a scrape each minute, between two looks. */
const questions = ['/readyz', '/readyz', '/readyz', '/healthz', '/healthz', '/metrics'];
const auditsInAnHour = 12;
/** So that there are as many audits as in an hour, or a few more. */
const period = '2s';

/** 0.1 % of a core, for an hour. */
const allowance: Usage = { cpuMs: 3_600, wallMs: 3_600_000, rssMiB: Number.NaN };

export function watching(scene: Scene): Work {
  const title = 'an hour of watching, its start included, against 0.1 % of a core';
  return {
    figures: [{ key: 'watch-hour', title, measure: 'cpuRatio', target: 1 }],
    maxPairs: 3,
    ours: (meter) => watchedHour(scene, meter),
    yardstick: async () => allowance,
  };
}

async function watchedHour(scene: Scene, meter: Meter): Promise<Usage> {
  const binDir = freshBinDir(scene, 'watched');
  const wish = { from: 'archive', plugins: scene.plugins } as const;
  const command = installer(scene, binDir, wish);
  await meter(command);
  const pidFile = join(scene.scratch, 'watch.pid');
  const address = `127.0.0.1:${await freePort()}`;
  const usage = meter(watcher(command, address, pidFile));
  await Promise.race([usage, passAnHour(address, binDir)]);
  process.kill(Number(readFileSync(pidFile, 'utf8')));
  return usage;
}

/** Its own process id is known, so that it can be told to end. */
function watcher({ words, env }: Command, address: string, pidFile: string): Command {
  const noted = ['sh', '-ec', `echo $$ >${pidFile}; exec "$@"`, 'sh'];
  return { words: [...noted, ...words, 'watch', '--listen', address, '--period', period], env };
}

async function passAnHour(address: string, binDir: string): Promise<void> {
  const ask = (path: string): Promise<Response> => fetch(`http://${address}${path}`);
  await eventually('the watch is ready', 60_000, async () =>
    (await ask('/readyz').catch(() => undefined))?.status === 200 ? true : undefined,
  );
  const stranger = join(binDir, 'stranger');
  for (let look = 0; look < looks; look += 1) {
    if (look % 2 === 0) writeFileSync(stranger, '');
    else rmSync(stranger);
    for (const path of questions) await (await ask(path)).text();
    await delay(pauseMs);
  }
  const audits = auditsIn(await (await ask('/metrics')).text());
  if (audits < auditsInAnHour) throw new Error(`only ${audits} audits: that was no hour`);
}

function auditsIn(metrics: string): number {
  const counted = metrics.matchAll(/audits_total\{trigger="period",result="intact"\} (\d+)/g);
  return [...counted].reduce((sum, [, count]) => sum + Number(count), 0);
}
