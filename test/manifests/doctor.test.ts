// Proves on real renders what the chart promises of doctor's Job, and that its manifest is valid.

import { expect, it } from 'vitest';
import { describeWith, run } from '../support/built-tools.ts';
import { schemaLocation, writeSchemas } from './kubernetes-schemas.ts';
import { type Container, objectsIn, type PodSpec, qosClassOf } from './objects.ts';
import { expectConsistentVolumes, understood } from './pod-promises.ts';
import { manifest, template, type Values } from './render.ts';

const on: Values = { doctor: { job: { enabled: true } } };

interface Job {
  readonly spec: { readonly backoffLimit: number; readonly template: { readonly spec: PodSpec } };
}

function jobOf(objects: ReturnType<typeof objectsIn>): Job {
  const found = objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name === 'cni-plugins-doctor');
  if (found === undefined) throw new Error('there is no Job of doctor');
  return found as unknown as Job;
}

function podFor(values: Values): PodSpec & { readonly nodeName?: string } {
  return jobOf(template(values)).spec.template.spec;
}

function containerOf({ containers }: PodSpec): Container {
  const [container, ...more] = containers;
  if (container === undefined || more.length > 0) throw new Error('wanted one container');
  return container;
}

describeWith(['helm'], 'the chart', () => {
  it('as it ships has no Job of doctor', () => {
    expect(JSON.stringify(template())).not.toContain('cni-plugins-doctor');
  });

  it.each([true, false])('has a Job that sees the node and writes nothing, with Multus %s', async (enabled) => {
    const pod = podFor({ ...on, multus: { enabled } });
    const container = containerOf(pod);

    expect(pod).toMatchObject({ hostNetwork: true, automountServiceAccountToken: false, enableServiceLinks: false });
    expect(pod.serviceAccountName).toBeUndefined();
    expect(qosClassOf(pod)).toBe('Guaranteed');
    expectConsistentVolumes(pod);
    expect(container.volumeMounts?.filter(({ readOnly }) => readOnly !== true)).toEqual([]);
    expect(container.securityContext?.capabilities).toEqual({ add: ['SYS_PTRACE'], drop: ['ALL'] });
    expect(await understood(container)).toMatchObject({ verb: 'doctor', failOn: 'error' });
  });

  it('looks at the spare store where the nodes have one', async () => {
    const spareOf = async (spareStore: string): Promise<unknown> =>
      ((await understood(containerOf(podFor({ ...on, cniPlugins: { spareStore } })))) as { node: unknown }).node;

    expect(await spareOf('/var/lib/spare')).toMatchObject({ spareStore: '/host/var/lib/cni-plugins-installer' });
    expect(await spareOf('')).toMatchObject({ spareStore: undefined });
  });

  it('names the node, and how grave a cause fails the Job', async () => {
    const pod = podFor({ doctor: { job: { enabled: true, node: 'n7', failOn: 'warning' } } });

    expect(pod.nodeName).toBe('n7');
    expect(await understood(containerOf(pod))).toMatchObject({ failOn: 'warning' });
    expect(podFor(on).nodeName).toBeUndefined();
  });

  it('mounts where the links of k3s lead, and the directories of the distribution', () => {
    const pod = podFor({ ...on, distribution: 'k3s' });

    expect(containerOf(pod).volumeMounts).toContainEqual({
      name: 'linked-plugins',
      mountPath: '/var/lib/rancher/k3s/data',
      readOnly: true,
    });
    expect(JSON.stringify(pod.volumes)).toContain('/var/lib/rancher/k3s/agent/etc/cni/net.d');
  });
});

describeWith(['kubeconform'], 'the manifest of the Job', () => {
  it('is valid, without an unknown field, and the same as the chart has it', () => {
    writeSchemas(['Job-v1']);
    const text = manifest('examples/doctor-job.yml');
    const report = run('kubeconform', ['-strict', '-summary', '-schema-location', schemaLocation], text);

    expect(report).toContain('Invalid: 0, Errors: 0, Skipped: 0');
    expect(jobOf(objectsIn(text)).spec).toEqual(jobOf(template({ ...on, cniPlugins: { spareStore: '' } })).spec);
  });
});
