// Promise: install, upgrade, repair, rollback and uninstall come to the same on every file system that a node's bin dir may be on.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage, remove } from '../image/built-image.ts';
import { acceleratorFor } from './accelerator.ts';
import { furnishing } from './container-on-machine.ts';
import { cargoOfALife, complaintsAbout, listing, stagesOfALife, vendorsPlugin } from './cut-stages.ts';
import { describeOnMachine } from './describe-on-machine.ts';
import { bootMachine, type Machine } from './machine.ts';
import { cargoOf, emptyDrive } from './scratch-drive.ts';
import { systemDrive } from './system-drive.ts';

interface NodeKind {
  readonly on: string;
  /** Shell code that mounts what the node is on at $NODE, an empty directory. */
  readonly mounting: string;
  /** Whether files on it may have blocks in common; undefined where the kernel does not say. */
  readonly clones?: boolean;
}

/** By the letters of their devices, from c on: the first two are the system drive and the cargo. */
const drives = [
  emptyDriveOf(128, 'mkfs.ext4'),
  // Smaller ones mkfs.xfs no longer makes.
  emptyDriveOf(320, 'mkfs.xfs', '-m', 'reflink=1'),
  emptyDriveOf(256, 'mkfs.btrfs'),
  emptyDriveOf(128, 'mkfs.ext4'),
  emptyDriveOf(128, 'mkfs.ext4'),
];

const kinds: readonly NodeKind[] = [
  { on: 'ext4', mounting: 'mount -t ext4 /dev/vdc $NODE', clones: false },
  { on: 'XFS with reflink', mounting: 'mount -t xfs /dev/vdd $NODE', clones: true },
  { on: 'btrfs', mounting: 'mount -t btrfs /dev/vde $NODE', clones: true },
  {
    on: 'an overlay',
    mounting: `mkdir /lower /layers; mount -t ext4 /dev/vdf /layers; mkdir /layers/upper /layers/work
      mount -t overlay -o lowerdir=/lower,upperdir=/layers/upper,workdir=/layers/work overlay $NODE`,
  },
  { on: 'a tmpfs', mounting: 'mount -t tmpfs tmpfs $NODE' },
  {
    on: 'a read-only root with a writable /opt',
    mounting: `mount -t ext4 /dev/vdg $NODE; mkdir -p $NODE/usr/libexec/cni $NODE/opt
      mount -t tmpfs opt $NODE/opt; mount -o remount,ro $NODE; ! touch $NODE/usr/libexec/cni/file`,
  },
];

function emptyDriveOf(mebibytes: number, ...mkfs: readonly string[]) {
  return () => emptyDrive(mebibytes, mkfs);
}

describeOnMachine(
  'amd64',
  'a bin dir on',
  () => {
    const undo = new AsyncDisposableStack();
    let machine: Machine;

    beforeAll(async () => {
      const built = buildImage({ args: ['--arch', 'amd64'] });
      undo.defer(() => remove(built));
      const files = { ...cargoOfALife(), filefrag: readFileSync('/usr/sbin/filefrag') };
      const cargo = undo.use(cargoOf(files));
      const all = [
        systemDrive(built, 'amd64'),
        ...[cargo, ...drives.map((make) => undo.use(make()))].map(({ drive }) => drive),
      ];
      const accelerator = await acceleratorFor('amd64');
      machine = undo.use(await bootMachine({ arch: 'amd64', accelerator, drives: all }));
      await machine.run(furnishing(built, 'amd64'));
      await machine.run('mount --make-rshared /');
    });
    afterAll(() => undo.disposeAsync());

    it.each(kinds)('$on', async ({ on, mounting, clones }) => {
      const node = `/on/${on.replaceAll(/\W/g, '-')}`;
      const run = (code: string) => machine.run(`export NODE=${node}; cd $NODE/opt/cni/bin; ${code}`);
      await machine.run(`NODE=${node}; mkdir -p $NODE; ${mounting}; mkdir -p $NODE/opt/cni/bin`);
      await run(vendorsPlugin);

      for (const { name, damage, verb, after } of await stagesOfALife()) {
        await run(`${damage || ':'}; installer ${verb.join(' ')}`);

        expect({ name, complaints: complaintsAbout(await run(listing), [after]) }).toEqual({
          name,
          complaints: [],
        });
        if (name === 'uninstall') continue;
        await run('installer verify');
        const seen = clones === undefined ? undefined : /,shared/.test(await run(`${extents} static`));
        expect(seen).toBe(clones);
      }
      expect(await run('ls -A')).toBe('bridge\n');
    });
  },
  ['mkfs.xfs', 'mkfs.btrfs', 'filefrag'],
);

/** filefrag(8) of this machine; the image has the C library that it wants. */
const extents = [
  '/system/image/lib64/ld-linux-x86-64.so.2 --library-path /system/image/usr/lib/x86_64-linux-gnu',
  '/system/image/releases/filefrag -s -v',
].join(' ');
