// Promises on nodes that are not as they should be: owners, masks and clocks; ledgers that were damaged, lost or are too new; state dirs elsewhere.

import {
  chownSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, runInstaller, type TestNode } from '../support/installer.ts';
import { afterMounting, describeWhere, missingForMounts, missingForRoot } from '../support/needs.ts';
import { modeOf, untouchedSnapshotOf } from '../support/snapshot.ts';
import { binDirFacts, stateFacts } from './node-facts.ts';
import { copyOf, createForeignNode, layOutReleases, runToTheEnd, scenarioOf } from './scenarios.ts';

describeWhere(missingForRoot(), 'a node that is not as it should be', () => {
  const undo = new DisposableStack();
  let first: readonly string[];
  let upgrade: readonly string[];
  /** Others' node, and the same after two installs. */
  let pristine: TestNode;
  let upgraded: TestNode;
  beforeAll(async () => {
    const releases = undo.use(layOutReleases());
    first = scenarioOf('first install', releases).verb;
    upgrade = scenarioOf('upgrade', releases).verb;
    pristine = undo.use(createForeignNode());
    upgraded = undo.use(copyOf(pristine));
    await runToTheEnd(upgraded, first);
    await runToTheEnd(upgraded, upgrade);
  });
  afterAll(() => undo.dispose());

  describe('whose bin dir belongs to another user', () => {
    it('says which right is missing, and stays as it is', async () => {
      using node = copyOf(pristine);
      chownSync(node.binDir, 4711, 4711);
      const before = untouchedSnapshotOf(node.binDir);

      const run = await runInstaller(node, first, { within: withoutCapabilities });

      const { exitStatus, message, hint } = refusalOf(run);
      expect(exitStatus).toBe(6);
      expect(message).toMatch(/permission denied.*EACCES/);
      expect(hint).toContain('CAP_DAC_OVERRIDE');
      expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
    });

    it('is verified and left in peace without that right once it is as wished', async () => {
      using node = copyOf(upgraded);
      chownSync(node.binDir, 4711, 4711);
      const before = untouchedSnapshotOf(node.binDir);

      const run = await runInstaller(node, upgrade, { within: withoutCapabilities });

      expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'unchanged' } });
      expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
    });
  });

  describe("whose plugins are another user's", () => {
    it('gets them back also from an uninstall that has no right to link or to chown them', async () => {
      using node = copyOf(pristine);
      await runToTheEnd(node, first);

      const run = await runInstaller(node, ['uninstall'], { within: withoutCapabilities });

      expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'uninstalled' } });
      expect(binDirFacts(node)).toEqual(binDirFacts(pristine));
    });
  });

  describe('whose umask is 077', () => {
    it('lets everyone run the plugins and read the state all the same', async () => {
      using node = copyOf(pristine);
      for (const verb of [first, upgrade]) await runInstaller(node, verb, { within: withUmask });
      rmSync(join(node.binDir, 'tap'));
      await runInstaller(node, upgrade, { within: withUmask });

      const modes = Object.fromEntries(
        ['', 'generations', 'originals', 'store', 'ledger.json'].map((name) => [
          name,
          modeOf(join(node.stateDir, name)),
        ]),
      );
      expect(modes).toEqual({
        '': '0755',
        generations: '0755',
        originals: '0755',
        store: '0755',
        'ledger.json': '0644',
      });
      for (const name of ['bridge', 'static', 'tap']) expect(modeOf(join(node.binDir, name))).toBe('0755');
    });
  });

  describe('whose clock was set back', () => {
    it('finds its order by numbers: what seems to be of the future is unchanged, upgraded, rolled back', async () => {
      using node = copyOf(pristine);
      await runToTheEnd(node, first);
      dateAll(node.binDir, new Date('2100-01-01'));

      expect((await runInstaller(node, first)).report?.outcome).toBe('unchanged');
      expect((await runInstaller(node, upgrade)).report).toMatchObject({
        outcome: 'installed',
        version: 'v1.9.1',
      });
      dateAll(node.stateDir, new Date('1971-01-01'));
      expect((await runInstaller(node, ['rollback'])).report).toMatchObject({ version: 'v1.8.0' });
    });
  });

  describe('whose ledger was damaged', () => {
    const damages: readonly [string, (path: string) => void][] = [
      ['empty', (path) => truncateSync(path, 0)],
      ['cut short', (path) => truncateSync(path, 100)],
      ['garbage', (path) => writeFileSync(path, Buffer.from([0, 255, 7, 10, 123]))],
      ['JSON, but no ledger', (path) => writeFileSync(path, '{"schema":1,"generation":null}')],
      ['gone', (path) => rmSync(path)],
    ];

    it.each(damages)('(%s) is rebuilt by the next install, which says so', async (_how, damage) => {
      using node = copyOf(upgraded);
      damage(join(node.stateDir, 'ledger.json'));

      const run = await runInstaller(node, upgrade);

      expect(run.exitStatus).toBe(0);
      expect(run.report?.warnings?.join()).toMatch(/ledger.*can't be used/);
      expect(binDirFacts(node)).toEqual(binDirFacts(upgraded));
      expect(stateFacts(node)?.ledger).toEqual(stateFacts(upgraded)?.ledger);
      expect((await runInstaller(node, upgrade)).report?.outcome).toBe('unchanged');
    });

    it.each(damages)('(%s) gives everything back at uninstall', async (_how, damage) => {
      using node = copyOf(upgraded);
      damage(join(node.stateDir, 'ledger.json'));

      expect((await runInstaller(node, ['uninstall'])).exitStatus).toBe(0);

      expect(binDirFacts(node)).toEqual(binDirFacts(pristine));
      expect(existsSync(node.stateDir)).toBe(false);
    });

    it.each(damages)('(%s) can still be rolled back after the next install', async (_how, damage) => {
      using node = copyOf(upgraded);
      damage(join(node.stateDir, 'ledger.json'));
      await runToTheEnd(node, upgrade);

      const run = await runInstaller(node, ['rollback']);

      expect(run).toMatchObject({ exitStatus: 0, report: { version: 'v1.8.0' } });
    });
  });

  describe('whose ledger is of a newer schema', () => {
    it.each(['install', 'rollback', 'uninstall', 'verify'])('is not touched by %s', async (verb) => {
      using node = copyOf(upgraded);
      const path = join(node.stateDir, 'ledger.json');
      writeFileSync(path, readFileSync(path, 'utf8').replace('"schema": 1', '"schema": 2'));
      const before = untouchedSnapshotOf(node.binDir);

      const run = await runInstaller(node, verb === 'install' ? upgrade : [verb]);

      expect(refusalOf(run)).toMatchObject({ exitStatus: 6, code: 'ledger-newer' });
      expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
    });

    it('is not touched either when only a generation is', async () => {
      using node = copyOf(upgraded);
      const path = join(node.stateDir, 'generations/2.json');
      writeFileSync(path, readFileSync(path, 'utf8').replace('"schema": 1', '"schema": 2'));
      const before = untouchedSnapshotOf(node.binDir);

      const run = await runInstaller(node, first);

      expect(refusalOf(run)).toMatchObject({ exitStatus: 6, code: 'ledger-newer' });
      expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
    });
  });

  describe('that has lost both ledger and generations', () => {
    it('takes nothing away that may be of others: what waits comes back, what was equal stays', async () => {
      using node = copyOf(pristine);
      await runToTheEnd(node, first);
      loseAllBut(node, ['store', 'originals']);

      await runToTheEnd(node, first);
      await runToTheEnd(node, ['uninstall']);

      expect(binDirFacts(node)).toEqual(binDirFacts(pristine));
    });

    it('is installed again from the archive when only the store is left, and takes away nothing of others', async () => {
      using node = copyOf(pristine);
      await runToTheEnd(node, first);
      const installed = binDirFacts(node);
      loseAllBut(node, ['store']);

      expect((await runInstaller(node, first)).exitStatus).toBe(0);
      expect(binDirFacts(node)).toEqual(installed);
      await runToTheEnd(node, ['uninstall']);

      expect(binDirFacts(node)['static']).toEqual(binDirFacts(pristine)['static']);
    });
  });

  describe('whose state dir is odd', () => {
    it('says so when it is a file, and stays as it is', async () => {
      using node = copyOf(pristine);
      writeFileSync(node.stateDir, 'not a directory');
      const before = untouchedSnapshotOf(node.binDir);

      const run = await runInstaller(node, first);

      const { exitStatus, message } = refusalOf(run);
      expect(exitStatus).toBe(6);
      expect(message).toContain(node.stateDir);
      expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
    });

    it('says so when it is a link that leads nowhere, and makes nothing where it would lead', async () => {
      using node = copyOf(pristine);
      symlinkSync(join(node.directory, 'elsewhere'), node.stateDir);

      const run = await runInstaller(node, first);

      expect(refusalOf(run).exitStatus).toBe(6);
      expect(existsSync(join(node.directory, 'elsewhere'))).toBe(false);
      expect(binDirFacts(node)).toEqual(binDirFacts(pristine));
    });

    it('is served all the same through a link to a directory, and gives everything back', async () => {
      using node = copyOf(pristine);
      mkdirSync(join(node.directory, 'elsewhere'));
      symlinkSync(join(node.directory, 'elsewhere'), node.stateDir);

      await runToTheEnd(node, first);
      expect(Object.keys(binDirFacts(node))).toContain('bridge');
      await runToTheEnd(node, ['uninstall']);

      expect(binDirFacts(node)).toEqual(binDirFacts(pristine));
    });
  });
});

describeWhere(missingForMounts(), 'a state dir from which nothing can be renamed into the bin dir', () => {
  it.each([
    ['another file system', (stateDir: string) => `mount -t tmpfs other "${stateDir}"`],
    [
      'another mount of the same file system',
      (stateDir: string) => `mount --bind "${stateDir}" "${stateDir}"`,
    ],
  ])('is refused clearly, and nothing is placed: %s', async (_what, mount) => {
    using releases = layOutReleases();
    using node = createForeignNode();
    const before = binDirFacts(node);
    const stateDir = join(node.directory, 'state');
    const left = join(node.directory, 'left');
    mkdirSync(stateDir);
    const listed = `"$@" && status=0 || status=$?; ls -A "${stateDir}" > "${left}"; exit $status`;
    const verb = [...scenarioOf('first install', releases).verb, '--state-dir', stateDir];

    const run = await runInstaller(node, verb, { within: afterMounting(`${mount(stateDir)}; ${listed}`) });

    const { exitStatus, code, message, hint } = refusalOf(run);
    expect({ exitStatus, code }).toEqual({ exitStatus: 6, code: 'state-dir-elsewhere' });
    expect(message).toMatch(/state dir.*not on the/);
    expect(hint).toContain('--state-dir');
    expect(binDirFacts(node)).toEqual(before);
    expect(readFileSync(left, 'utf8')).toBe('');
  });
});

/** Root that may no longer do what its files' owners may not. */
const withoutCapabilities = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
const withUmask = ['sh', '-c', 'umask 077; exec "$@"', 'sh'];

/** Gives all files and directories below one date. */
function dateAll(directory: string, date: Date): void {
  for (const name of ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })]) {
    lutimesSync(join(directory, name), date, date);
  }
}

function loseAllBut({ stateDir }: TestNode, kept: readonly string[]): void {
  for (const name of readdirSync(stateDir)) {
    if (!kept.includes(name)) rmSync(join(stateDir, name), { recursive: true });
  }
}
