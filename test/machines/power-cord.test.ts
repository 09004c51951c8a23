// Promise: whenever a machine loses its power, each plugin name leads to a whole old or new plugin, the next start mends all, and what was reported done is done.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage, type BuiltImage, remove } from '../image/built-image.ts';
import { seededNumbers } from '../support/seeded.ts';
import { acceleratorFor } from './accelerator.ts';
import { furnishing } from './container-on-machine.ts';
import {
  cargoOfALife,
  complaintsAbout,
  listing,
  type Stage,
  stagesOfALife,
  vendorsPlugin,
} from './cut-stages.ts';
import { describeOnMachine } from './describe-on-machine.ts';
import { bootMachine, type Machine } from './machine.ts';
import type { Drive } from './qemu.ts';
import { cargoOf, emptyFileSystem, type ScratchDrive } from './scratch-drive.ts';
import { systemDrive } from './system-drive.ts';
import { plugIn, VolatileDisk } from './volatile-disk.ts';

/** CUTS=200 SEED=7 make test-machines */
const cuts = Number(process.env['CUTS'] ?? 20);
const seed = Number(process.env['SEED'] ?? 24);

/** A cut takes seven seconds where nobody else wants the processor. */
const timeout = 300_000 + cuts * 60_000;

interface Cut {
  readonly stage: Stage;
  /** The request of the disk at which the power goes; a verb that makes fewer is done before. */
  readonly at: number;
  /** Of the blocks that were written and not flushed, how many last. */
  readonly share: number;
}

/** What came of it. */
interface Struck extends Cut {
  readonly reportedDone: boolean;
}

const inBinDir = (code: string): string => `cd /node/opt/cni/bin; ${code}`;

describeOnMachine('amd64', 'a machine whose power is cut', () => {
  let built: BuiltImage;
  let cargo: ScratchDrive;
  beforeAll(() => {
    built = buildImage({ args: ['--arch', 'amd64'] });
    cargo = cargoOf({ ...cargoOfALife(), 'no-sync.cjs': Buffer.from(noSync) });
  });
  afterAll(() => {
    remove(built);
    cargo[Symbol.dispose]();
  });

  it('has whole plugins, mends all at the next start, and keeps what was done', { timeout }, async () => {
    const stages = await stagesOfALife();
    const chance = seededNumbers(seed);
    const disk = new VolatileDisk(emptyFileSystem(64));
    const complaints: string[] = [];
    let before: Struck | undefined;
    for (let count = 0; count <= cuts; count += 1) {
      await using plugged = await plugIn(disk);
      await using machine = await bootOn(built, cargo, plugged.drive);
      if (before === undefined) await machine.run(inBinDir(vendorsPlugin));
      else complaints.push(...(await complaintsAfter(before, machine)));
      if (count === cuts) break;
      const cut = drawCut(stages[count % stages.length] ?? stages[0], chance);
      before = await strike(cut, machine, disk, chance);
      console.log(`${count + 1} of ${cuts}: ${toldOf(before)}`);
    }

    expect(complaints).toEqual([]);
  });

  it('has lost what a program reported done that does not sync', { timeout }, async () => {
    const [install] = await stagesOfALife();
    const disk = new VolatileDisk(emptyFileSystem(64));
    {
      await using plugged = await plugIn(disk);
      await using machine = await bootOn(built, cargo, plugged.drive);
      await machine.run(
        `ENVIRONMENT=NODE_OPTIONS=--require=/releases/no-sync.cjs installer ${install.verb.join(' ')}`,
      );
      disk.losePower(() => false);
    }
    await using plugged = await plugIn(disk);
    await using machine = await bootOn(built, cargo, plugged.drive);

    expect(complaintsAbout(await machine.run(inBinDir(listing)), [install.after])).not.toEqual([]);
  });
});

/** For Node.js: no call for a sync comes to anything. */
const noSync = `const fs = require('node:fs');
fs.fsyncSync = fs.fdatasyncSync = () => undefined;
require('node:module').syncBuiltinESMExports();
`;

/**
 * Without ext4's habit of flushing what is renamed over another file: it is a kindness to programs that do not sync, and
 * other file systems have none.
 */
async function bootOn(built: BuiltImage, { drive }: ScratchDrive, disk: Drive): Promise<Machine> {
  const drives = [systemDrive(built, 'amd64'), drive, disk];
  const machine = await bootMachine({ arch: 'amd64', accelerator: await acceleratorFor('amd64'), drives });
  await machine.run(furnishing(built, 'amd64'));
  await machine.run('mount -t ext4 -o noauto_da_alloc /dev/vdc /node; mkdir -p /node/opt/cni/bin');
  return machine;
}

/** Some draws are beyond what the verb does: then the power goes just after it has reported. */
function drawCut(stage: Stage, chance: () => number): Cut {
  const shares = [0, 0, 1, 0.5, 0.5] as const;
  const share = shares[Math.floor(chance() * shares.length)] ?? 0;
  return { stage, share, at: Math.ceil(chance() * stage.requests * 1.2) };
}

async function strike(cut: Cut, machine: Machine, disk: VolatileDisk, chance: () => number): Promise<Struck> {
  const { damage, verb } = cut.stage;
  const lasts = (): boolean => chance() < cut.share;
  await machine.run(inBinDir(`${damage || ':'}; sync`));
  const struck = disk.losePowerAt(cut.at, lasts);
  const done = machine.run(`installer ${verb.join(' ')}`);
  const reportedDone = await Promise.race([done.then(() => true), struck.then(() => false)]);
  if (reportedDone) disk.losePower(lasts);
  await machine.cutPower();
  await done.catch(() => undefined);
  return { ...cut, reportedDone };
}

async function complaintsAfter(struck: Struck, machine: Machine): Promise<string[]> {
  const { before, after, heal } = struck.stage;
  const torn = complaintsAbout(
    await machine.run(inBinDir(listing)),
    struck.reportedDone ? [after] : [before, after],
  );
  const { exitStatus, stderr } = await machine.attempt(`installer ${heal.join(' ')}`);
  const unhealed = [
    ...(exitStatus === 0 ? [] : [`${heal[0]} ended with ${exitStatus}: ${stderr}`]),
    ...complaintsAbout(await machine.run(inBinDir(listing)), [after]),
  ];
  const found = [...torn, ...unhealed.map((complaint) => `after the next start: ${complaint}`)];
  return found.map((complaint) => `${toldOf(struck)}: ${complaint}`);
}

function toldOf({ stage, at, share, reportedDone }: Struck): string {
  const when = reportedDone ? 'just after it reported' : `at request ${at} of the disk`;
  return `${stage.name} cut ${when}, ${share * 100} % of what was not flushed lasted (SEED=${seed})`;
}
