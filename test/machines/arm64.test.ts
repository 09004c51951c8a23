// Promise: the arm64 image does on an arm64 kernel what the other does on its own: installs a real release, proves it, watches it.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage, remove } from '../image/built-image.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { acceleratorFor } from './accelerator.ts';
import { furnishing } from './container-on-machine.ts';
import { describeOnMachine } from './describe-on-machine.ts';
import { bootMachine, type Machine } from './machine.ts';
import { cargoOf, emptyDrive } from './scratch-drive.ts';
import { systemDrive } from './system-drive.ts';

const arch = 'arm64';

const defaultPlugins = 'bridge host-device host-local ipvlan loopback macvlan portmap static'.split(' ');

/** Of the machine's few mounts, the one that Multus would need. */
const sharedPath = '--shared-path /';

describeOnMachine(arch, 'an arm64 machine', () => {
  const undo = new AsyncDisposableStack();
  let machine: Machine;
  let install: string;

  beforeAll(async () => {
    const built = buildImage({ args: ['--arch', arch] });
    undo.defer(() => remove(built));
    const archive = pluginsArchive('v1.9.1', arch);
    install = `installer --archive /releases/release.tgz --sha256 ${archive.sha256} ${sharedPath}`;
    const cargo = undo.use(cargoOf({ 'release.tgz': readFileSync(archive.path) }));
    const disk = undo.use(emptyDrive(512, ['mkfs.ext4']));
    const drives = [systemDrive(built, arch), cargo.drive, disk.drive];
    machine = undo.use(await bootMachine({ arch, accelerator: await acceleratorFor(arch), drives }));
    await machine.run(furnishing(built, arch));
    await machine.run('mount /dev/vdc /node; mkdir -p /node/opt/cni/bin; ip link set lo up');
    await machine.run('mount --make-rprivate /');
  });
  afterAll(() => undo.disposeAsync());

  it('gets the default plugins and a shared root, and at the next start nothing more', async () => {
    expect(await machine.run('uname -m')).toBe('aarch64\n');

    await machine.run(install);

    expect(await reportOn(machine)).toMatchObject({
      outcome: 'installed',
      platform: 'linux/arm64',
      plugins: { placed: defaultPlugins },
      mounts: { changed: expect.arrayContaining(['/']), shared: true },
    });
    expect(await machine.run('grep " / / " /proc/self/mountinfo')).toContain(' shared:');

    await machine.run(install);

    expect(await reportOn(machine)).toMatchObject({
      outcome: 'unchanged',
      plugins: { intact: defaultPlugins },
    });
  });

  it('is found intact, its plugins run, and a plugin of another architecture does not pass', async () => {
    expect(JSON.parse(await machine.run(`installer verify --output json ${sharedPath}`))).toMatchObject({
      outcome: 'intact',
      platform: 'linux/arm64',
    });
    const { stderr } = await machine.attempt('/node/opt/cni/bin/bridge');
    expect(stderr).toContain('CNI bridge plugin v1.9.1');

    // `e_machine` of elf(5): x86-64.
    await machine.run(String.raw`printf '\x3e' | dd of=/node/opt/cni/bin/bridge bs=1 seek=18 conv=notrunc`);
    const found = await machine.attempt(`installer verify ${sharedPath}`);

    expect(found).toMatchObject({ exitStatus: 9, stdout: expect.stringContaining('bridge') });

    await machine.run(install);

    expect(await reportOn(machine)).toMatchObject({ outcome: 'repaired', plugins: { placed: ['bridge'] } });
  });

  it('is watched for a minute: what goes comes back, and a signal ends it', async () => {
    await machine.run(`installer watch ${sharedPath} >/run/watch 2>&1 & echo $! >/run/watch.pid`);
    await machine.run(until('wget -qO- http://127.0.0.1:19917/readyz'));
    for (const plugin of ['bridge', 'macvlan', 'static']) {
      await machine.run(
        `rm /node/opt/cni/bin/${plugin}; ${until(`[ -x /node/opt/cni/bin/${plugin} ]`)}; sleep 20`,
      );
    }

    expect(await machine.run('wget -qO- http://127.0.0.1:19917/readyz')).toContain('ok');
    expect(await machine.run('cat /run/watch')).toContain('static is not there; it was put back');

    const ending = 'pid=$(cat /run/watch.pid); kill $pid';
    await machine.run(`${ending}; ${until('! kill -0 $pid')}; installer verify ${sharedPath}`);
  });
});

async function reportOn(machine: Machine): Promise<unknown> {
  return JSON.parse(await machine.run('cat /dev/termination-log'));
}

/** Shell code that ends when the condition holds; the machine's own time for an order is the limit. */
function until(condition: string): string {
  return `until ${condition}; do usleep 100000; done 2>/dev/null`;
}
