// Gives the watch's pod another token while it runs, as the kubelet does when it renews one.

import type { Pod } from './api-objects.ts';
import { boundToken, watchPod } from './as-watch.ts';
import type { Cluster } from './cluster.ts';

/** The files are replaced at one stroke, by the link that they all hang on. The kubelet, at its next look, puts its own back. */
export async function putToken(cluster: Cluster, token: string): Promise<void> {
  const { metadata } = await watchPod(cluster);
  const volume = `/var/lib/kubelet/pods/${metadata.uid}/volumes/kubernetes.io~projected/api-access`;
  await cluster.node.host(
    `set -e; cd ${volume}; old=$(readlink ..data); new=$(mktemp -d ..XXXXXXXX); chmod 755 $new
    cp ..data/ca.crt $new/; printf %s ${token} > $new/token
    ln -s $new ..data_tmp; mv -T ..data_tmp ..data; rm -r $old`,
  );
}

/** One that the API server does not take: the pod that it is bound to is gone. */
export async function revokedToken(cluster: Cluster): Promise<string> {
  const name = 'of-the-past';
  const container = { name, image: 'busybox' };
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'kube-system' },
      spec: {
        serviceAccountName: 'cni-plugins-watch',
        // It is never to run.
        nodeSelector: { 'example.org/nowhere': 'true' },
        containers: [container],
      },
    },
  ]);
  const pod = await cluster.find<Pod>(`/api/v1/namespaces/kube-system/pods/${name}`);
  if (pod === undefined) throw new Error(`there is no pod ${name}`);
  const token = await boundToken(cluster, pod);
  await cluster.kubectl('delete', 'pod', name, '--namespace=kube-system', '--now');
  return token;
}
