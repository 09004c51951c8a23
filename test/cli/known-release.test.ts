// Promises about an archive that the catalog knows, as it knows upstream's: no digest has to be given, and no more of it
// is inflated than is wanted.

import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleWith } from '../support/bundle.ts';
import { catalogThatKnows } from '../support/catalog.ts';
import {
  createNode,
  refusalOf,
  type Run,
  runInstaller,
  type RunSettings,
  type TestNode,
} from '../support/installer.ts';
import { plugin } from '../support/plugins.ts';
import { archiveName, layOut, packRelease } from '../support/release-archives.ts';
import { pluginsIn } from '../support/snapshot.ts';

const version = 'v1.9.1';

/** More than is read at once comes behind macvlan, and the end of that is missing. */
const whole = packRelease({
  bridge: plugin('bridge', { version }),
  macvlan: plugin('macvlan', { version }),
  vrf: randomBytes(2 * 1024 * 1024),
});
const cutShort = whole.subarray(0, whole.length - 4096);

const sha256 = createHash('sha256').update(cutShort).digest('hex');
const itsBundle = bundleWith(catalogThatKnows({ version, sha256 }));

async function installOf(
  node: TestNode,
  args: readonly string[],
  settings: RunSettings = { bundle: itsBundle },
): Promise<Run> {
  layOut(join(node.archives, archiveName(version)), cutShort);
  return runInstaller(node, ['--archive', node.archives, ...args], settings);
}

describe('an archive that the catalog knows', () => {
  it('needs no digest, and is inflated as far as the last wanted plugin', async () => {
    using node = createNode();

    const { exitStatus, report } = await installOf(node, ['--plugins', 'bridge,macvlan']);

    expect(report).toMatchObject({ outcome: 'installed', plugins: { placed: ['bridge', 'macvlan'] } });
    expect(exitStatus).toBe(0);
  });

  it('is known as well by whoever gives its digest', async () => {
    using node = createNode();

    const run = await installOf(node, ['--plugins', 'bridge,macvlan', '--sha256', sha256]);

    expect(run).toMatchObject({ exitStatus: 0 });
  });

  it('is inflated to its end for a plugin that is there, and refused where that is missing', async () => {
    using node = createNode();

    const refusal = refusalOf(await installOf(node, ['--plugins', 'bridge,vrf']));

    expect(refusal).toMatchObject({ exitStatus: 5, code: 'archive-damaged' });
    expect(pluginsIn(node.binDir)).toEqual([]);
  });
});

it('an archive that only its operator knows is inflated to its end', async () => {
  using node = createNode();

  const run = await installOf(node, ['--plugins', 'bridge,macvlan', '--sha256', sha256], {});

  expect(refusalOf(run)).toMatchObject({ exitStatus: 5, code: 'archive-damaged' });
});
