// Proves that doctor, run in each way that its page has, finds on a node of a real cluster what a real Multus complains of.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recognise } from '../../src/checks/explain/recognise.ts';
import { documentedCommand } from '../docs/commands.ts';
import { current } from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { project } from '../support/project.ts';
import { busyboxImage } from '../throwaway-node/images.ts';
import type { Cluster } from './cluster/cluster.ts';
import { describeInCluster } from './cluster/describe-in-cluster.ts';
import { installerImage } from './cluster/installer-image.ts';
import { multusImage } from './cluster/multus-image.ts';
import {
  attachedPod,
  attachment,
  untilAttachmentsAreKnown,
  untilMultusServes,
  untilWarned,
} from './cluster/multus.ts';
import { programsDir } from './cluster/programs.ts';
import { applySite } from './cluster/site.ts';
import { inCluster } from './cluster/story.ts';

const archive = pluginsArchive(current);
const page = 'docs/doctor.md';

/** Upstream's, but not one of those that are installed by default. */
const vlan = attachment('vlan', { type: 'vlan', master: 'eth0', vlanId: 7 });

/** Its configuration ends too early: nobody asks before a pod wants it. */
const torn = {
  apiVersion: 'k8s.cni.cncf.io/v1',
  kind: 'NetworkAttachmentDefinition',
  metadata: { name: 'torn', namespace: 'default' },
  spec: { config: '{"cniVersion": "1.0.0", "name": ' },
};

/** The troubles that the story makes, each in words of the real Multus. */
const troubles = {
  'plugin-not-found': 'failed to find plugin',
  'nad-not-found': 'cannot find a network-attachment-definition',
  'delegate-not-json': 'unexpected end of JSON input',
} as const;

/** What was typed and answered, and how it ended. */
async function typed(
  cluster: Cluster,
  beginning: string,
  ...names: (readonly [string, string])[]
): Promise<string> {
  const command = names.reduce(
    (text, [placeholder, name]) => text.replace(placeholder, name),
    documentedCommand(page, beginning),
  );
  const script = `set -o pipefail; cd ${project}; PATH=${programsDir}:$PATH; ${command}\necho "status $?"`;
  return cluster.client('bash', ['-c', script]);
}

async function untilWatchRuns(cluster: Cluster): Promise<void> {
  const arguments_ = [
    'rollout',
    'status',
    '--namespace=kube-system',
    '--timeout=60s',
    'daemonset/cni-plugins-watch',
  ];
  await cluster.kubectl(...arguments_);
}

/** What the kubelet wrote, with the troubles of the story and without. */
function kubeletLines(cluster: Cluster): { readonly ofTrouble: string[]; readonly others: string[] } {
  const log = readFileSync(join(cluster.node.root, 'var/log/kubelet.log'), 'utf8');
  const lines = log.split('\n').filter((line) => line !== '');
  const isOfTrouble = (line: string): boolean =>
    Object.values(troubles).some((words) => line.includes(words));
  return { ofTrouble: lines.filter(isOfTrouble), others: lines.filter((line) => !isOfTrouble(line)) };
}

describeInCluster('doctor in a cluster', () => {
  it('finds in each way of running it why a pod gets no network', async () => {
    const images = [await busyboxImage(), await multusImage('thick'), installerImage()];

    await inCluster('doctor', { images }, async ({ cluster, reached }) => {
      await using mirror = await startMirror(cluster.node);
      await applySite(cluster, {
        mode: 'thick',
        archive,
        mirror: mirror.url,
        components: ['install', 'watch'],
      });
      await untilMultusServes(cluster);
      await untilWatchRuns(cluster);
      await untilAttachmentsAreKnown(cluster);
      expect(await typed(cluster, 'kubectl -n kube-system exec daemonset/cni-plugins-watch')).toMatch(
        /: nothing found$[^]*^status 0$/m,
      );
      reached('Multus serves, and doctor finds nothing');

      await cluster.apply([vlan, attachedPod('app', 'vlan')]);
      await cluster.apply([attachedPod('lost', 'gone'), torn, attachedPod('unread', 'torn')]);
      await untilWarned(cluster, 'app', 'failed to find plugin "vlan"');
      await untilWarned(cluster, 'lost', troubles['nad-not-found']);
      await untilWarned(cluster, 'unread', troubles['delegate-not-json']);
      const explained = await typed(cluster, 'kubectl describe pod POD', ['POD', 'app']);
      expect(explained).toMatch(/^> failed to find plugin "vlan" in path \[\/opt\/cni\/bin\]$/m);
      expect(explained).toMatch(/yes, and here is why: vlan is not in/);
      expect(explained.replaceAll(/\n\s+/g, ' ')).toMatch(/install --plugins \S*\bvlan\b/);
      reached("the pod's description is explained");

      const judged = await typed(cluster, 'kubectl get network-attachment-definitions,nodes,daemonsets');
      expect(judged).toMatch(/^error nad-plugin-absent$[^]*^status 9$/m);
      reached('the NADs are judged');

      // kubectl attaches when the container runs, and one that is quick has said all by then.
      const debugged = await cluster.until('kubectl debug has heard what doctor said', async () => {
        const heard = await typed(cluster, 'kubectl debug node/NODE', ['NODE', 'node1']);
        return heard.includes(': ') ? heard : undefined;
      });
      expect(debugged).toMatch(/: nothing found$/m);
      await typed(cluster, 'kubectl apply -f manifests/examples/doctor-job.yml');
      const wait = ['wait', '--namespace=kube-system', '--for=condition=complete', '--timeout=60s'];
      await cluster.kubectl(...wait, 'job/cni-plugins-doctor');
      expect(await typed(cluster, 'kubectl -n kube-system logs -f job/cni-plugins-doctor')).toMatch(
        /^node1: nothing found$/m,
      );
      reached('a debug container and a Job find the same');

      const { ofTrouble, others } = kubeletLines(cluster);
      const known = new Set(ofTrouble.flatMap((line) => recognise(line).map(({ id }) => id)));
      expect(known).toEqual(new Set(Object.keys(troubles)));
      expect(others.length).toBeGreaterThan(100);
      expect(others.filter((line) => recognise(line).length > 0)).toEqual([]);
      reached('in the log of the kubelet these are known, and nothing else is taken for a known text');
    });
  });
});
