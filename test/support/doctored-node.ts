// A node that the installer made, for doctor to look at: how it is asked there, and how its remedies are typed.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNode, type Run, runInstaller, type TestNode } from './installer.ts';
import {
  type Contents,
  layOut,
  archiveName,
  packRelease,
  contentsOf,
  type ReleaseArchive,
} from './release-archives.ts';
import type { pluginNames } from './plugins.ts';

export interface CheckAnswer {
  readonly id: string;
  readonly result: string;
  readonly severity: string;
  readonly message: string | null;
  readonly remedy: string | null;
  readonly because: string | null;
}

export interface NodeWish {
  readonly version?: string;
  readonly plugins?: readonly (typeof pluginNames)[number][];
}

/** One that uses some of the plugins. */
export const podsConf = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [{ type: 'bridge', ipam: { type: 'static' } }],
};

/** A node with the plugins of the tests, and one configuration that uses some of them. */
export async function installedNode({ version = 'v1.9.1', plugins }: NodeWish = {}): Promise<TestNode> {
  const node = createNode();
  mkdirSync(confDirOf(node));
  writeConf(node, '10-pods.conflist', podsConf);
  const args = ['install', ...(plugins === undefined ? [] : ['--plugins', plugins.join(',')])];
  const run = await runInstaller(node, args, { env: supply(node, version) });
  if (run.exitStatus !== 0) throw new Error(run.stderr);
  rmSync(archiveOn(node, version).path);
  return node;
}

function archiveOn(
  node: TestNode,
  version: string,
  contents: Contents = contentsOf(version),
): ReleaseArchive {
  return layOut(join(node.archives, archiveName(version)), packRelease(contents));
}

/** A release for the pod of the node, in the environment; that of the tests is not upstream's. */
export function supply(node: TestNode, version: string, contents?: Contents): Record<string, string> {
  const { path, sha256 } = archiveOn(node, version, contents);
  return { CNI_PLUGINS_VERSION: version, CNI_PLUGINS_ARCHIVE: path, CNI_PLUGINS_SHA256: sha256 };
}

export function confDirOf({ directory }: TestNode): string {
  return join(directory, 'net.d');
}

export function writeConf(node: TestNode, name: string, content: object | string): void {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(confDirOf(node), name), text);
}

/** No procfs of a host: what this machine is like must not matter here. */
export function doctorArguments(node: TestNode): string[] {
  return ['doctor', '--cni-conf-dir', confDirOf(node), '--host-proc', join(node.directory, 'no-proc')];
}

/** In a pod without hostPID: the machine's own /proc is not the host's. */
export const inPod = { KUBERNETES_SERVICE_HOST: '192.0.2.1' };

export async function askDoctorOn(node: TestNode, ...args: readonly string[]): Promise<Run> {
  return runInstaller(node, [...doctorArguments(node), ...args], { env: inPod });
}

export async function checksOf(node: TestNode, ...args: readonly string[]): Promise<readonly CheckAnswer[]> {
  return checksIn(await askDoctorOn(node, '--output', 'json', ...args));
}

export function checksIn({ stdout }: Run): readonly CheckAnswer[] {
  return (JSON.parse(stdout) as { checks: CheckAnswer[] }).checks;
}

export async function causes(node: TestNode, ...args: readonly string[]): Promise<CheckAnswer[]> {
  return causesAmong(await checksOf(node, ...args));
}

export function causesAmong(checks: readonly CheckAnswer[]): CheckAnswer[] {
  return checks.filter(({ result, because }) => result === 'finding' && because === null);
}

/** Types what stands in backticks, on this node: the name of our program stands for the bundle. */
export async function typeRemedy(node: TestNode, { remedy }: CheckAnswer): Promise<void> {
  const command = commandIn(remedy ?? '');
  const [program, ...words] = command.split(' ');
  if (program === 'cni-plugins-installer')
    return typeInstaller(node, words, { CNI_PLUGINS_SHA256: archiveOn(node, 'v1.9.1').sha256 });
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: confDirOf(node), encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

/** Without an archive, unless the environment has one (`supply`). */
export async function typeInstaller(
  node: TestNode,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const run = await runInstaller(node, words, { env });
  if (run.exitStatus !== 0) throw new Error(`${words.join(' ')}: ${run.stderr}`);
}

function commandIn(remedy: string): string {
  const [, command = ''] = /`([^`]+)`/.exec(remedy) ?? [];
  return remedy.startsWith('run install') ? 'cni-plugins-installer install' : command;
}
