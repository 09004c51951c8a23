// Says how a cluster stands, for people who want to know why a story came to another end.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { List, Pod } from './api-objects.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Worker } from './worker.ts';

const lastLines = 25;
const longestLine = 600;

const questions: readonly (readonly string[])[] = [
  ['get', 'nodes', '--output=wide'],
  ['get', 'pods', '--all-namespaces', '--output=wide'],
  ['get', 'events', '--all-namespaces', '--sort-by=.lastTimestamp'],
  ['describe', 'pods', '--all-namespaces', '--show-events=false'],
];

/** Never rejects: what can't be had any more is told instead. */
export async function describeState(controlPlane: ControlPlane, workers: readonly Worker[]): Promise<string> {
  const parts: [title: string, text: string][] = [];
  for (const question of questions) {
    parts.push([`kubectl ${question.join(' ')}`, await told(() => controlPlane.kubectl(question))]);
  }
  for (const log of await containerLogs(controlPlane)) parts.push(log);
  for (const name of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd']) {
    parts.push([name, await endOfLog(controlPlane.root, name)]);
  }
  for (const { name, node } of workers) {
    parts.push([`${name}: kubelet`, await endOfLog(node.root, 'kubelet')]);
    parts.push([`${name}: containerd`, await told(async () => lastOf(node.log()))]);
    parts.push([
      `${name}: the CNI directories`,
      await told(() => node.host('ls -l /opt/cni/bin /etc/cni/net.d')),
    ]);
  }
  return parts.map(([title, text]) => `=== ${title}\n${text.trimEnd()}\n`).join('\n');
}

async function containerLogs(controlPlane: ControlPlane): Promise<[string, string][]> {
  const pods = await controlPlane.api.find<List<Pod>>('/api/v1/pods').catch(() => undefined);
  const logs = (pods?.items ?? []).map(async ({ metadata }): Promise<[string, string]> => {
    const { namespace = 'default', name } = metadata;
    const options = ['--all-containers', '--prefix', `--tail=${lastLines}`, `--namespace=${namespace}`];
    return [`the log of ${name}`, await told(() => controlPlane.kubectl(['logs', name, ...options]))];
  });
  return Promise.all(logs);
}

async function endOfLog(root: string, name: string): Promise<string> {
  return told(async () => lastOf(await readFile(join(root, 'var/log', `${name}.log`), 'utf8')));
}

async function told(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    return String(error);
  }
}

function lastOf(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-lastLines);
  return lines.map((line) => line.slice(0, longestLine)).join('\n');
}
