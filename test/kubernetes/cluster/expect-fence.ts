// What the API server lets a pod of ours write, asked with its own token: what is its own, and nothing else.

import { expect } from 'vitest';
import type { Event } from './api-objects.ts';
import { asWatch } from './as-watch.ts';
import type { Cluster } from './cluster.ts';

/** The condition that is ours. */
export const conditionType = 'cni-plugins-installer.github.io/Ready';

/** The policy's own words. */
export const says = (what: string) => `denied request: watch of cni-plugins-installer may ${what}`;

export function conditionPatch(of: string): unknown {
  return {
    status: { conditions: [{ type: of, status: 'True', reason: 'PluginsIntact', message: 'told by hand' }] },
  };
}

/** @param taint the key of the one that it may take off; `elsewhere` has to be a Node that it does not run on */
export async function expectFence(cluster: Cluster, taint: string): Promise<void> {
  await expectStatusFence(cluster);
  await expectSpecFence(cluster, taint);
  await expectEventFence(cluster);
}

async function expectStatusFence(cluster: Cluster): Promise<void> {
  const status = (node: string, body: unknown, patch = 'strategic-merge'): Promise<string> =>
    asWatch(cluster, { path: `/api/v1/nodes/${node}/status`, patch, body });

  expect(await status('node1', conditionPatch(conditionType))).toBe('Node');
  expect(await status('elsewhere', conditionPatch(conditionType))).toContain(
    says('change the Node that it runs on, and no other'),
  );
  for (const other of ['Ready', 'NetworkUnavailable']) {
    expect(await status('node1', conditionPatch(other))).toContain(
      says(`change the condition ${conditionType}, and no other`),
    );
  }
  for (const field of [{ capacity: { cpu: '999' } }, { addresses: [] }, { images: [] }]) {
    expect(await status('node1', { status: field }, 'merge')).toContain(
      says('change one condition of the status of its Node'),
    );
  }
  for (const field of [{ labels: { zone: 'x' } }, { labels: null }, { annotations: { a: 'b' } }]) {
    expect(await status('node1', { metadata: field }, 'merge')).toContain(
      says('change no label, no annotation'),
    );
  }
}

async function expectSpecFence(cluster: Cluster, taint: string): Promise<void> {
  const spec = (body: unknown, node = 'node1'): Promise<string> =>
    asWatch(cluster, { path: `/api/v1/nodes/${node}`, patch: 'merge', body });

  expect(await spec({ spec: { unschedulable: true } })).toContain(says('change nothing of the spec'));
  const added = { key: 'example.org/evil', effect: 'NoExecute' };
  expect(await spec({ spec: { taints: [added] } })).toContain(says('take its startup taint off its Node'));
  expect(await spec({ spec: { taints: [{ key: taint, effect: 'NoExecute' }] } })).toContain(
    says('take its startup taint off its Node'),
  );
  expect(await spec({ metadata: { labels: { zone: 'x' } } })).toContain(says('change no label'));
  expect(await spec({ spec: { taints: null } }, 'elsewhere')).toContain(
    says('change the Node that it runs on'),
  );
}

async function expectEventFence(cluster: Cluster): Promise<void> {
  const event = (involvedObject: unknown, namespace = 'default'): Promise<string> =>
    asWatch(cluster, {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/events`,
      body: {
        metadata: { generateName: 'lie.' },
        involvedObject,
        reason: 'Lie',
        type: 'Warning',
        reportingComponent: 'cni-plugins-installer',
        reportingInstance: 'node1',
      },
    });

  expect(await event({ kind: 'Node', name: 'elsewhere' })).toContain(
    says('write Events about the Node that it runs on'),
  );
  expect(await event({ kind: 'Pod', name: 'node1' })).toContain(
    says('write Events about the Node that it runs on'),
  );
  expect(await event({ kind: 'Node', name: 'node1' }, 'kube-system')).toContain(
    'cannot create resource "events"',
  );
  const path = await cluster.until('an Event of the kubelet', async () => {
    const events = await cluster.list<Event>('/api/v1/namespaces/default/events');
    const kubelets = events.find(
      ({ involvedObject, reason }) => involvedObject.name === 'node1' && reason !== 'Lie',
    );
    return kubelets && `/api/v1/namespaces/default/events/${kubelets.metadata.name}`;
  });
  expect(await asWatch(cluster, { path, patch: 'merge', body: { message: 'a lie' } })).toMatch(
    /denied request/,
  );
}
