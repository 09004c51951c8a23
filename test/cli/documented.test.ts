// Proves that what the pages have people type beside a cluster does what they say: the bundle, the store by hand, and the
// line that shows the reports of pods in whatever state.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentedCommand } from '../docs/commands.ts';
import { fencesIn, pages, textOf } from '../docs/pages.ts';
import { bundlePath } from '../support/bundle.ts';
import { troubledCluster } from '../support/fleet/sample-fleets.ts';
import { standInKubectl } from '../support/fleet/stand-in-kubectl.ts';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { plugin } from '../support/plugins.ts';
import { archiveName, layOut, layOutRelease, soundRelease } from '../support/release-archives.ts';

/** Types it in a directory, with the programs of another one first in the PATH. */
function type(command: string, directory: string, programs = directory): string {
  const script = 'set -eo pipefail; cd "$1"; PATH=$2:$PATH; eval "$3"';
  return execFileSync('bash', ['-c', script, 'bash', directory, programs, command], { encoding: 'utf8' });
}

describe('a bundle, as the page about air gaps makes it', () => {
  const page = 'docs/air-gap.md';
  const platforms = ['amd64', 'arm64'];

  /** What the image's entry point is given by `docker run`, with a directory in the place of its mount. */
  function wordsFor(command: string, directory: string): string[] {
    const [, mount = '', words = ''] = /^docker run .*:(\/cni)(?::ro)?" \S+ (.*)$/.exec(command) ?? [];
    return words.split(' ').map((word) => (word === mount ? directory : word));
  }

  async function typeToInstaller(node: TestNode, beginning: string, below = 'cni'): Promise<Run> {
    const archives = platforms.map((arch) => {
      const name = `cni-plugins-linux-${arch}-v1.9.1.tgz`;
      return [arch, layOut(join(node.archives, name), soundRelease()).sha256].join('=');
    });
    const env = { CNI_PLUGINS_ARCHIVE: node.archives, CNI_PLUGINS_SHA256: archives.join(',') };
    return runInstaller(node, wordsFor(documentedCommand(page, beginning), join(node.directory, below)), {
      env,
    });
  }

  it('has both platforms, and is found whole on the other side', async () => {
    using node = createNode();

    type(documentedCommand(page, 'mkdir -p cni'), node.directory);
    expect(await typeToInstaller(node, 'docker run --rm --volume "$PWD/cni:')).toMatchObject({
      exitStatus: 0,
    });
    expect(readdirSync(join(node.directory, 'cni/v1.9.1'))).toEqual(
      platforms.flatMap((arch) =>
        ['', '.sha256', '.sha512'].map((end) => `cni-plugins-linux-${arch}-v1.9.1.tgz${end}`),
      ),
    );
    expect(await typeToInstaller(node, 'docker run --rm --network none')).toMatchObject({ exitStatus: 0 });
  });

  it('is made as an OCI layout too, to be pushed into a registry', async () => {
    using node = createNode();
    type(documentedCommand(page, 'mkdir -p oci'), node.directory);
    const beginning = 'docker run --rm --volume "$PWD/oci:/cni"';

    expect(await typeToInstaller(node, beginning, 'oci')).toMatchObject({ exitStatus: 0 });
    expect(readdirSync(join(node.directory, 'oci'))).toContain('oci-layout');
  });

  it('is not found whole when a byte of it is another', async () => {
    using node = createNode();
    await typeToInstaller(node, 'docker run --rm --volume "$PWD/cni:');
    writeFileSync(join(node.directory, 'cni/v1.9.1', archiveName('v1.9.1')), 'another');

    expect(await typeToInstaller(node, 'docker run --rm --network none')).toMatchObject({ exitStatus: 4 });
  });
});

describe('the store by hand', () => {
  const page = 'docs/how-it-works.md';

  it('says its set, agrees with its own names, and gives an original back', async () => {
    using node = createNode();
    const original = plugin('bridge', { version: 'v1.0.0' });
    writeFileSync(join(node.binDir, 'bridge'), original, { mode: 0o755 });
    const { path, sha256 } = layOutRelease(node.archives);
    await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(JSON.parse(type(documentedCommand(page, 'jq . ledger.json'), node.stateDir))).toMatchObject({
      generation: { version: 'v1.9.1' },
    });
    const sums = type(documentedCommand(page, 'sha256sum store/*'), node.stateDir).trim().split('\n');
    expect(sums.length).toBeGreaterThan(2);
    for (const sum of sums) expect(sum).toMatch(/^([0-9a-f]{64}) {2}store\/sha256-\1$/);

    type(documentedCommand(page, 'mv originals/bridge'), node.stateDir);
    expect(readFileSync(join(node.binDir, 'bridge'))).toEqual(original);
    expect(existsSync(join(node.stateDir, 'originals/bridge'))).toBe(false);
  });
});

describe('what the pages say of the catalog', () => {
  const named = pages.flatMap((page) => [
    ...textOf(page).matchAll(/`cni-plugins-installer (releases\b[^`]*)`/g),
  ]);

  it.each([...new Set(named.map(([, words = '']) => words))])('is answered: %s', async (words) => {
    using node = createNode();

    const { exitStatus, stdout } = await runInstaller(node, words.split(' '));

    expect(exitStatus).toBe(0);
    expect(stdout).toMatch(/v\d+\.\d+\.\d+/);
  });
});

describe('the page about the report', () => {
  const [report = '', audit = ''] = fencesIn(textOf('docs/report.md'))
    .filter(({ language }) => language === 'json')
    .map(({ text }) => text);

  /** The same with each value's type in its place; of a list, what its first item is. */
  function shapeOf(value: unknown): unknown {
    if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
    if (typeof value !== 'object' || value === null) return typeof value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
  }

  it('shows the fields that a report has', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    const { mounts, ...others } = JSON.parse(report) as Record<string, unknown>;
    expect(shapeOf(run.report)).toMatchObject(shapeOf(others) as object);
    expect(Object.keys(run.report ?? {})).toEqual(Object.keys(JSON.parse(report) as object));
    expect(run.report).toHaveProperty('mounts.shared');
    expect(Object.keys(mounts as object)).toEqual(['mode', 'changed', 'shared']);
  });

  it('shows the fields that an audit has', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    await runInstaller(node, ['--archive', path, '--sha256', sha256]);
    writeFileSync(join(node.binDir, 'bridge'), plugin('bridge', { version: 'v1.0.0' }));

    const run = await runInstaller(node, ['verify', '--output', 'json']);

    // A directory that stands for a node has no mounts to show.
    const { mounts, ...others } = JSON.parse(audit) as Record<string, unknown>;
    expect(mounts).toHaveLength(1);
    expect(shapeOf(JSON.parse(run.stdout))).toEqual({ ...(shapeOf(others) as object), mounts: [] });
  });
});

describe('the line that shows what each node reports', () => {
  const said = (summary: string): unknown => ({
    terminated: { exitCode: 0, message: `{"summary":"${summary}"}` },
  });
  const status = (name: string, state: unknown, lastState: unknown = {}): unknown => ({
    name,
    state,
    lastState,
  });

  /** A pod in each state that an init container can be in, as the API has it. */
  const pods: Record<string, readonly unknown[] | undefined> = {
    'not-scheduled': undefined,
    pulling: [status('install-cni-plugins', { waiting: { reason: 'PodInitializing' } })],
    running: [status('install-cni-plugins', { running: { startedAt: '2026-01-01T00:00:00Z' } })],
    crashing: [
      status('install-cni-plugins', { waiting: { reason: 'CrashLoopBackOff' } }, said('Failed: no space')),
    ],
    killed: [status('install-cni-plugins', { terminated: { exitCode: 137, reason: 'OOMKilled' } })],
    hardened: [status('share-mounts', said('Shared')), status('install-cni-plugins', said('Installed'))],
    well: [status('install-cni-plugins', said('Intact')), status('install-multus-binary', said('Multus'))],
  };

  /** A `kubectl` that has these pods, and nothing else. */
  function writeKubectl(directory: string): void {
    const items = Object.entries(pods).map(([nodeName, initContainerStatuses]) => ({
      spec: { nodeName },
      status: { initContainerStatuses },
    }));
    writeFileSync(join(directory, 'pods.json'), JSON.stringify({ items }));
    writeFileSync(join(directory, 'kubectl'), `#!/bin/sh\ncat '${directory}/pods.json'\n`, { mode: 0o755 });
  }

  it('shows the last word of each that has one, and the state of each that has none', () => {
    using node = createNode();
    mkdirSync(join(node.directory, 'programs'));
    writeKubectl(join(node.directory, 'programs'));
    const command = documentedCommand('docs/troubleshooting.md', 'kubectl get pods --all-namespaces');

    const lines = type(command, node.directory, join(node.directory, 'programs')).trim().split('\n');

    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['pulling', 'install-cni-plugins', '-', '-', 'PodInitializing'],
      ['running', 'install-cni-plugins', '-', '-', 'Running'],
      ['crashing', 'install-cni-plugins', '-', '-', 'Failed: no space'],
      ['killed', 'install-cni-plugins', '-', '-', 'OOMKilled'],
      ['hardened', 'share-mounts', '-', '-', 'Shared'],
      ['hardened', 'install-cni-plugins', '-', '-', 'Installed'],
      ['well', 'install-cni-plugins', '-', '-', 'Intact'],
    ]);
  });
});

describe('a page of the whole fleet', () => {
  const page = 'docs/fleet.md';

  /** Our program by its name, and a kubectl that writes what is in its directory. */
  function programs({ directory }: TestNode): string {
    symlinkSync(bundlePath(), join(directory, 'cni-plugins-installer'));
    writeFileSync(join(directory, 'given'), troubledCluster());
    writeFileSync(join(directory, 'kubectl'), `#!/bin/sh\ncat ${directory}/given\n`, { mode: 0o755 });
    return directory;
  }

  it('is made of what kubectl wrote, by three commands', () => {
    using node = createNode();
    const directory = programs(node);
    for (const beginning of [
      'kubectl get nodes,daemonsets,network-attachment-definitions',
      'kubectl get pods -A',
      'cni-plugins-installer fleet --from',
    ]) {
      // It ends with 9, for there are errors.
      type(`${documentedCommand(page, beginning)} || [ $? = 9 ]`, directory);
    }

    expect(readFileSync(join(directory, 'fleet.html'), 'utf8')).toContain('worker-17');
  });

  it('is made by kubectl, by one command', () => {
    using node = createNode();
    const empty = JSON.stringify({ kind: 'List', apiVersion: 'v1', items: [] });
    const lists = ['/api/v1/nodes', '/apis/apps/v1/daemonsets', '/api/v1/pods'];
    const { directory } = standInKubectl(
      node.directory,
      Object.fromEntries(lists.map((path) => [path, empty])),
    );
    symlinkSync(bundlePath(), join(directory, 'cni-plugins-installer'));
    type(documentedCommand(page, 'cni-plugins-installer fleet --output html'), directory);

    expect(readFileSync(join(directory, 'fleet.html'), 'utf8')).toContain('<h1>a-context</h1>');
  });
});
