// The demo without a container runtime: the installer fills a directory of this project, and says what that leaves out.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { wishFor } from '../support/node/installer-container.ts';
import type { PluginsArchive } from '../support/node/plugins-archive.ts';
import { act, fact, given, quoteLog, say, title } from './narration.ts';

const projectDir = join(import.meta.dirname, '../..');
const bundle = join(projectDir, 'dist/cni-plugins-installer.js');
const demoDir = join(projectDir, 'build/demo');
const binDir = join(demoDir, 'opt/cni/bin');

interface Installed {
  readonly stderr: string;
  readonly outcome: string;
}

/** Throws as soon as something is not as it is told. */
export function demonstrateInDirectory(archive: PluginsArchive, missing: readonly string[]): void {
  rmSync(join(demoDir, 'opt'), { recursive: true, force: true });
  mkdirSync(binDir, { recursive: true });
  title('CNI plugins, from a release archive into a directory');
  given('dir', relative(projectDir, binDir));
  given(
    'plugins',
    `${archive.version}, ${archive.origin === 'upstream' ? "upstream's release" : archive.origin}`,
  );

  act(1, 'The installer runs');
  showInstallation(archive);

  act(2, 'What is there now');
  showPlugins();
  showSecondStart(archive);
  sayWhatWasLeftOut(missing);
}

function showInstallation(archive: PluginsArchive): void {
  const { stderr, outcome } = install(archive);
  quoteLog(stderr);
  assert.equal(outcome, 'installed');
}

function showPlugins(): void {
  const plugins = readdirSync(binDir).filter((name) => !name.startsWith('.'));
  assert(plugins.includes('macvlan'), `macvlan is missing among ${plugins.join(', ')}`);
  fact(`${plugins.length} plugins: ${plugins.join(', ')}`);
  const macvlan = spawnSync(join(binDir, 'macvlan'), { encoding: 'utf8', env: {} });
  assert.equal(macvlan.status, 0, `macvlan does not run: ${macvlan.stderr}`);
  const [said = ''] = macvlan.stderr.split('\n');
  fact(`One of them, macvlan, runs, and says that it is ${said}`);
}

function showSecondStart(archive: PluginsArchive): void {
  const { stderr, outcome } = install(archive);
  assert.equal(outcome, 'unchanged');
  fact(`A second start finds nothing to do: ${stderr.trim()}`);
}

function install(archive: PluginsArchive): Installed {
  const args = ['--archive', archive.path, '--cni-bin-dir', binDir, '--output', 'json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, 'install', ...args], {
    encoding: 'utf8',
    env: wishFor(archive),
  });
  assert.equal(status, 0, `the installer failed with status ${status}:\n${stderr}`);
  return { stderr, outcome: (JSON.parse(stdout) as { outcome: string }).outcome };
}

function sayWhatWasLeftOut(missing: readonly string[]): void {
  say();
  say(
    'Left out: the two errors of a real container runtime, sharing the root mount, and pods that run afterwards.',
  );
  say(`For these this machine lacks: ${missing.join(', ')}.`);
  if (missing.includes('root'))
    say('`sudo make demo` shows them, on a throw-away node; this machine stays as it is.');
}
