// Another installer in the cluster: a DaemonSet whose init container copies its own plugins onto the same names, with cp.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginsArchive } from '../../support/node/plugins-archive.ts';
import { run } from '../../throwaway-node/command.ts';
import { defaultImage } from '../../throwaway-node/container-spec.ts';
import type { Cluster } from './cluster.ts';

const source = '/var/lib/rival';
const labels = { app: 'rival' };

const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'rival', namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        hostNetwork: true,
        terminationGracePeriodSeconds: 0,
        tolerations: [{ operator: 'Exists' }],
        initContainers: [
          {
            name: 'copy',
            image: defaultImage,
            command: ['sh', '-c', 'cp /plugins/* /host/opt/cni/bin/'],
            volumeMounts: [
              { name: 'plugins', mountPath: '/plugins', readOnly: true },
              { name: 'cnibin', mountPath: '/host/opt/cni/bin' },
            ],
          },
        ],
        containers: [{ name: 'stay', image: defaultImage, command: ['sleep', '3600'] }],
        volumes: [
          { name: 'plugins', hostPath: { path: source } },
          { name: 'cnibin', hostPath: { path: '/opt/cni/bin' } },
        ],
      },
    },
  },
};

/** Brings these plugins of the archive along; resolves when it has started. */
export async function applyRival(
  cluster: Cluster,
  { path }: PluginsArchive,
  names: readonly string[],
): Promise<void> {
  const directory = join(cluster.node.root, source);
  await mkdir(directory);
  await run('tar', ['-xzf', path, '-C', directory, ...names.map((name) => `./${name}`)]);
  await cluster.apply([daemonSet]);
  await untilStarted(cluster);
}

/** Resolves when its new pods have started. */
export async function restartRival(cluster: Cluster): Promise<void> {
  await cluster.kubectl('rollout', 'restart', '--namespace=kube-system', 'daemonset/rival');
  await untilStarted(cluster);
}

async function untilStarted(cluster: Cluster): Promise<void> {
  await cluster.kubectl('rollout', 'status', '--namespace=kube-system', '--timeout=60s', 'daemonset/rival');
}
