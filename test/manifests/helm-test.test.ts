// Proves that `helm test` asks each node, and what it makes of the answers.

import { expect, it } from 'vitest';
import { type Container, isHook, type KubernetesObject, type Objects, type PodSpec } from './objects.ts';
import { understood } from './pod-promises.ts';
import { runScript, startApiServer } from './script-in-pod.ts';
import { describeWith } from '../support/built-tools.ts';
import { template, type Values } from './render.ts';

const impatient: Values = { test: { timeoutSeconds: 1 } };
const askedAgain = 'cni-plugins-installer.github.io/asked-again';

function testsIn(objects: Objects): Objects {
  return objects.filter((object) => isHook(object) && object.metadata.annotations?.['helm.sh/hook'] === 'test');
}

function podIn(objects: Objects, kind: string, name: string): PodSpec {
  const found = testsIn(objects).find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return (found.spec as { template: { spec: PodSpec } }).template.spec;
}

function namesIn(objects: Objects): readonly string[] {
  const described = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;
  return testsIn(objects)
    .map(described)
    .filter((name) => /^(DaemonSet|Job|Pod) /.test(name))
    .toSorted();
}

describeWith(['helm'], 'helm test', () => {
  it('audits every node, asks for the pods’ network on each, and judges where it needs none', () => {
    const objects = template();

    expect(namesIn(objects)).toEqual([
      'DaemonSet kube-multus-ds-test-audit',
      'DaemonSet kube-multus-ds-test-call',
      'Job kube-multus-ds-test',
      'Job kube-multus-ds-test-start',
    ]);
    expect(podIn(objects, 'DaemonSet', 'kube-multus-ds-test-audit').hostNetwork).toBe(true);
    expect(podIn(objects, 'DaemonSet', 'kube-multus-ds-test-call').hostNetwork).toBeUndefined();
    expect(podIn(objects, 'Job', 'kube-multus-ds-test').hostNetwork).toBe(true);
  });

  it('has an audit that can write nothing, and change nothing', async () => {
    const [container] = podIn(template(), 'DaemonSet', 'kube-multus-ds-test-audit').initContainers ?? [];

    const spareStore = '/host/var/lib/cni-plugins-installer';
    expect(await understood(container as Container)).toMatchObject({ verb: 'verify', node: { spareStore } });
    expect(container?.volumeMounts).toEqual([
      { name: 'cnibin', mountPath: '/host/opt/cni/bin', readOnly: true },
      { name: 'host-proc', mountPath: '/host/proc', readOnly: true },
      { name: 'spare-store', mountPath: spareStore, readOnly: true },
    ]);
    expect(container?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('makes no pod of anybody give way, and prints what it saw', () => {
    for (const { kind, metadata, spec } of testsIn(template())) {
      if (kind !== 'DaemonSet' && kind !== 'Job') continue;
      expect((spec as { template: { spec: PodSpec } }).template.spec.priorityClassName).toBeUndefined();
      if (metadata.name !== 'kube-multus-ds-test') continue;
      expect(metadata.annotations?.['helm.sh/hook-output-log-policy']).toBe('hook-succeeded,hook-failed');
    }
  });

  it('asks only for what the release brings', () => {
    expect(namesIn(template({ multus: { enabled: false } }))).toEqual([
      'DaemonSet cni-plugins-installer-test-audit',
      'Job cni-plugins-installer-test',
      'Job cni-plugins-installer-test-start',
    ]);
    expect(namesIn(template({ cniPlugins: { enabled: false } }))).toEqual([
      'DaemonSet kube-multus-ds-test-call',
      'Job kube-multus-ds-test',
      'Job kube-multus-ds-test-start',
    ]);
  });

  it('asks nobody before the roll-out is over', () => {
    const weightOf = ({ metadata }: KubernetesObject): number =>
      Number(metadata.annotations?.['helm.sh/hook-weight']);
    const names = testsIn(template())
      .toSorted((one, other) => weightOf(one) - weightOf(other))
      .map(({ metadata }) => metadata.name);

    expect(names.slice(3)).toEqual([
      'kube-multus-ds-test-start',
      'kube-multus-ds-test-audit',
      'kube-multus-ds-test-call',
      'kube-multus-ds-test',
    ]);
  });
});

interface Call {
  readonly phase: string;
  readonly annotated: boolean;
}

interface NodeStory {
  readonly report?: object;
  readonly installer?: object;
  readonly ready?: boolean;
  readonly audit?: object;
  readonly call?: Call;
  /** What became of it when the node was asked once more; default: the same. */
  readonly callAgain?: Call;
}

const done = '2026-11-28T10:00:00Z';
const later = { startedAt: '2026-11-28T10:00:30Z', finishedAt: '2026-11-28T10:00:31Z' };
const before = { startedAt: '2026-11-28T09:59:59Z', finishedAt: '2026-11-28T10:00:01Z' };

const intact = { terminated: { exitCode: 0, ...later } };

const drifted = {
  waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' },
};

function reported(outcome: string, version: string, summary = 'a sentence'): object {
  return { summary, schema: 1, outcome, version };
}

/** The pods of one node in the three DaemonSets, of that round of asking for the pods' network. */
function podsOn(node: string, story: NodeStory, isAskedAgain: boolean) {
  const pod = (daemonSet: string, status: object, annotations = {}): object => ({
    metadata: { name: `${daemonSet}-${node}`, annotations, ownerReferences: [{ kind: 'DaemonSet', name: daemonSet }] },
    spec: { nodeName: node },
    status,
  });
  const installer = story.installer ?? {
    terminated: { exitCode: 0, finishedAt: done, message: JSON.stringify(story.report) },
  };
  const { call: first = { phase: 'Running', annotated: true }, ready = true } = story;
  const call = isAskedAgain ? (story.callAgain ?? first) : first;
  return {
    'kube-multus-ds': pod('kube-multus-ds', {
      initContainerStatuses: [{ name: 'install-cni-plugins', state: installer }],
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    }),
    'kube-multus-ds-test-audit': pod('kube-multus-ds-test-audit', {
      initContainerStatuses: [{ name: 'verify', state: {}, ...(story.audit ?? { state: intact }) }],
    }),
    'kube-multus-ds-test-call': pod(
      'kube-multus-ds-test-call',
      { phase: call.phase, containerStatuses: [{ name: 'stay', state: { waiting: { reason: 'ContainerCreating' } } }] },
      {
        ...(call.annotated ? { 'k8s.v1.cni.cncf.io/network-status': '[]' } : {}),
        ...(isAskedAgain ? { [askedAgain]: 'true' } : {}),
      },
    ),
  };
}

const labels: Readonly<Record<string, string>> = { multus: 'kube-multus-ds' };

/** What an API server with these nodes would say; its lists of pods come a page at a time. */
function answering(stories: Readonly<Record<string, NodeStory>>): (url: string, sent: string) => unknown {
  let isAskedAgain = false;
  return (url, sent) => {
    if (sent !== '') {
      expect(url).toMatch(/\/daemonsets\/kube-multus-ds-test-call$/);
      expect(JSON.parse(sent)).toEqual({ spec: { template: { metadata: { annotations: { [askedAgain]: 'true' } } } } });
      isAskedAgain = true;
      return {};
    }
    const nodes = Object.entries(stories).map(([node, story]) => podsOn(node, story, isAskedAgain));
    if (url.startsWith('/apis/apps/')) {
      const status = { observedGeneration: 1, desiredNumberScheduled: nodes.length, numberReady: 0 };
      return { metadata: { generation: 1 }, status };
    }
    const query = new URL(url, 'https://api.example').searchParams;
    if (url.includes('/events?')) return { items: [{ message: 'failed to find plugin "bridge"' }] };
    const label = query.get('labelSelector')?.replace('name=', '') ?? '';
    const at = Number(query.get('continue'));
    const pods = nodes.map((node) => node[(labels[label] ?? label) as keyof typeof node]);
    const more = at + 1 < pods.length ? { continue: String(at + 1) } : {};
    // Another installation's pod with the same label, and one that is about to go.
    const foreign = { metadata: { name: 'other' }, spec: { nodeName: 'other' }, status: {} };
    const leaving = { ...(pods[at] as object), metadata: { deletionTimestamp: done } };
    return { items: [foreign, leaving, pods[at]], metadata: more };
  };
}

async function judged(stories: Readonly<Record<string, NodeStory>>, values = impatient) {
  using api = await startApiServer(answering(stories));
  const [container] = podIn(template(values), 'Job', 'kube-multus-ds-test').containers;
  return await runScript(hasty(container as Container), api);
}

/** Asks again at once. */
function hasty(container: Container): Container {
  const env = (container.env ?? []).map((one) => (one.name === 'PAUSE_SECONDS' ? { ...one, value: '0' } : one));
  return { ...container, env };
}

const well: NodeStory = { report: reported('unchanged', 'v1.9.1') };

describeWith(['helm'], 'the verdict on the nodes', () => {
  it('is good, and at once, when each has the wished release, is intact, and calls Multus', async () => {
    const patient: Values = { test: { timeoutSeconds: 1000 } };

    const { status, lines } = await judged({ node1: { report: reported('installed', 'v1.9.1') }, node2: well }, patient);

    expect(lines).toEqual([
      'NODE   RELEASE  START      NOW     MULTUS  POD',
      'node1  v1.9.1   installed  intact  called  ready',
      'node2  v1.9.1   unchanged  intact  called  ready',
      '2 of 2 nodes are well',
    ]);
    expect(status).toBe(0);
  });

  const crashing = { state: drifted, lastState: { terminated: { exitCode: 9, ...later, message: 'finding: macvlan is not there\n  what to do: …' } } };

  it.each<[string, NodeStory, string, string]>([
    [
      'is degraded',
      { report: reported('degraded', 'v1.6.2', 'Kept v1.6.2: v1.9.1 was not found') },
      'v1.6.2   degraded   intact   called  ready',
      'degraded: Kept v1.6.2: v1.9.1 was not found',
    ],
    [
      'has another release than was wished',
      { report: reported('unchanged', 'v1.6.2') },
      'v1.6.2   unchanged  intact   called  ready',
      'unchanged: it has v1.6.2, and v1.9.1 was wished',
    ],
    [
      'has drifted',
      { ...well, audit: crashing },
      'v1.9.1   unchanged  drifted  called  ready',
      'drifted: verify: exit status 9: macvlan is not there',
    ],
    [
      'has no report',
      { installer: { waiting: { reason: 'ImagePullBackOff' } }, ready: false },
      '-        no report  intact   called  not ready',
      'no report: install-cni-plugins: ImagePullBackOff',
    ],
    [
      'has a runtime that calls no Multus',
      { ...well, call: { phase: 'Running', annotated: false } },
      'v1.9.1   unchanged  intact   not called  ready',
      'not called: the runtime does not call Multus for new pods; are distribution and paths those of this node?',
    ],
    [
      'gives pods no network',
      { ...well, call: { phase: 'Pending', annotated: false } },
      'v1.9.1   unchanged  intact   no network  ready',
      'no network: failed to find plugin "bridge"',
    ],
    [
      'was audited only before its plugins were there',
      { ...well, audit: { state: { terminated: { exitCode: 9, ...before, message: 'finding: nothing is there' } } } },
      'v1.9.1   unchanged  drifted  called  ready',
      'drifted: verify: exit status 9: nothing is there',
    ],
  ])('is bad, and says why, for a node that %s', async (_, story, row, because) => {
    const { status, lines } = await judged({ node1: well, node2: story });

    expect(status).toBe(1);
    const [, first = '', second] = lines;
    expect(first.split(/ {2,}/)).toEqual(['node2', ...row.split(/ {2,}/)]);
    expect(second).toMatch(/^node1 /);
    expect(lines.filter((line) => line.startsWith('node2: '))).toContain(`node2: ${because}`);
    expect(lines.at(-1)).toBe('1 of 2 nodes are well');
  });

  it('asks each node for the pods’ network once more where Multus was not called, and believes the second answer', async () => {
    const notCalled = { phase: 'Running', annotated: false };
    const called = { phase: 'Running', annotated: true };

    expect(await judged({ node1: well, node2: { ...well, call: notCalled, callAgain: called } })).toEqual({
      status: 0,
      lines: expect.arrayContaining(['2 of 2 nodes are well']),
    });
    expect(await judged({ node1: { ...well, callAgain: notCalled }, node2: { ...well, call: notCalled } })).toEqual({
      status: 1,
      lines: expect.arrayContaining(['0 of 2 nodes are well']),
    });
  });

  it('may make anew the pods that ask, and those only', () => {
    const role = testsIn(template()).find(({ kind }) => kind === 'Role') as { readonly rules?: unknown };

    expect(role.rules).toContainEqual({
      apiGroups: ['apps'],
      resources: ['daemonsets'],
      resourceNames: ['kube-multus-ds-test-call'],
      verbs: ['patch'],
    });
    expect(JSON.stringify(testsIn(template({ multus: { enabled: false } })))).not.toContain('"patch"');
  });

  it('is bad when nobody answers', async () => {
    using api = await startApiServer(() => undefined);
    const [container] = podIn(template(impatient), 'Job', 'kube-multus-ds-test').containers;

    const { status, lines } = await runScript(container as Container, api);

    expect(status).toBe(1);
    expect(lines[0]).toMatch(/^no answer: .*503 Service Unavailable$/);
  });
});
