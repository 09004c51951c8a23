// Proves that the clean-up at `helm uninstall` is opt-in, comes in order, and waits for every node.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { launch } from '../../image/launch.ts';
import { createAuthority } from '../transport/certificates.ts';
import { type Container, type KubernetesObject, type Objects, podOf, type PodSpec } from './objects.ts';
import { describeWith, template } from './tools.ts';

const cleaning = { uninstall: { cleanUpNodes: true, timeoutSeconds: 60 } };

function hooksIn(objects: Objects): Objects {
  return objects.filter((object) => object.metadata.annotations?.['helm.sh/hook'] === 'pre-delete');
}

function weightOf({ metadata }: KubernetesObject): number {
  return Number(metadata.annotations?.['helm.sh/hook-weight']);
}

function podIn(objects: Objects, kind: string): PodSpec {
  const found = hooksIn(objects).find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`no hook that is a ${kind}`);
  return (found.spec as { template: { spec: PodSpec } }).template.spec;
}

describeWith(['helm'], 'the clean-up', () => {
  it('is not there unless it was asked for', () => {
    expect(hooksIn(template())).toEqual([]);
  });

  it('starts everywhere before something waits for it, and leaves nothing of itself', () => {
    const hooks = hooksIn(template(cleaning));
    const weights = Map.groupBy(hooks, weightOf);

    expect(
      weights
        .get(-10)
        ?.map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['DaemonSet', 'Role', 'RoleBinding', 'ServiceAccount']);
    expect(weights.get(0)?.map(({ kind }) => kind)).toEqual(['Job']);
    for (const { metadata } of hooks) {
      expect(metadata.annotations?.['helm.sh/hook-delete-policy']).toBe(
        'before-hook-creation,hook-succeeded',
      );
    }
  });

  it('may read the one DaemonSet that it waits for, and nothing else', () => {
    const role = hooksIn(template(cleaning)).find(({ kind }) => kind === 'Role');

    expect(role?.rules).toEqual([
      {
        apiGroups: ['apps'],
        resources: ['daemonsets'],
        resourceNames: ['kube-multus-ds-clean-up'],
        verbs: ['get'],
      },
    ]);
  });

  it('may give back what is not root’s wherever the installer could displace it, and nothing more', () => {
    const privileges = (values: object): unknown =>
      podIn(template({ ...cleaning, ...values }), 'DaemonSet').initContainers?.[0]?.securityContext?.capabilities;
    const asked = { capabilities: { add: ['FOWNER'] } };

    expect(privileges({})).toEqual({ drop: ['ALL'], add: ['DAC_OVERRIDE', 'FOWNER'] });
    expect(privileges({ layout: 'hardened' })).toEqual({ drop: ['ALL'] });
    expect(privileges({ layout: 'hardened', cniPlugins: { securityContext: asked } })).toEqual({
      drop: ['ALL'],
      add: ['FOWNER'],
    });
  });

  it('goes where the DaemonSet goes, and needs no pod network', () => {
    const objects = template(cleaning);
    const everywhere = { hostNetwork: true, tolerations: podOf(objects).tolerations };

    expect(podIn(objects, 'DaemonSet')).toMatchObject(everywhere);
    expect(podIn(objects, 'Job')).toMatchObject(everywhere);
  });
});

interface Progress {
  readonly generation: number;
  readonly observed: number;
  readonly wanted: number;
  readonly ready: number;
}

/** An API server that knows one DaemonSet, and tells one step of its progress with each answer. */
async function startApiServer(steps: readonly (Progress | 'refusal')[]) {
  const authority = createAuthority();
  const asked: string[] = [];
  const server = createServer(authority.issue(), (request, response) => {
    const step = steps[Math.min(asked.length, steps.length - 1)];
    asked.push(`${request.headers.authorization} ${request.url}`);
    if (step === undefined || step === 'refusal') {
      response.writeHead(503).end();
      return;
    }
    const { generation, observed, wanted, ready } = step;
    const status = { observedGeneration: observed, desiredNumberScheduled: wanted, numberReady: ready };
    response.end(JSON.stringify({ metadata: { generation }, status }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
    authority.remove();
  };
  return { port: (server.address() as AddressInfo).port, pem: authority.pem, asked, close };
}

/** Runs the container's own command in its own environment, the image's included, with this Node in place of the image's. */
async function awaitEveryNode(
  container: Container,
  { port, pem }: { readonly port: number; readonly pem: string },
): Promise<{ status: number; stdout: string }> {
  const scratch = await mkdtemp(join(tmpdir(), 'clean-up-'));
  writeFileSync(join(scratch, 'token'), 'secret\n');
  writeFileSync(join(scratch, 'ca.crt'), pem);
  const [, ...flags] = container.command ?? [];
  const child = spawn(process.execPath, [...flags, ...(container.args ?? [])], {
    env: {
      ...Object.fromEntries(launch.Env.map((variable) => variable.split(/=(.*)/).slice(0, 2))),
      ...Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value])),
      NODE_EXTRA_CA_CERTS: join(scratch, 'ca.crt'),
      TOKEN_FILE: join(scratch, 'token'),
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [stdout, [status]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number]>,
  ]);
  await rm(scratch, { recursive: true });
  return { status, stdout };
}

describeWith(['helm'], 'the wait for every node', () => {
  it('outlasts a refusal and a status that is not of this DaemonSet yet, and ends with the last node', async () => {
    const [container] = podIn(template(cleaning), 'Job').containers;
    const api = await startApiServer([
      'refusal',
      { generation: 2, observed: 1, wanted: 0, ready: 0 },
      { generation: 2, observed: 2, wanted: 3, ready: 1 },
      { generation: 2, observed: 2, wanted: 3, ready: 3 },
    ]);

    const { status, stdout } = await awaitEveryNode(container as Container, api);
    api.close();

    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'not scheduled yet',
      '1 of 3 nodes are done',
      '3 of 3 nodes are done',
      '',
    ]);
    expect(api.asked).toHaveLength(4);
    expect(new Set(api.asked)).toEqual(
      new Set(['Bearer secret /apis/apps/v1/namespaces/kube-system/daemonsets/kube-multus-ds-clean-up']),
    );
  });
});
