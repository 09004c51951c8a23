// Proves that the manifests to apply are those of the chart, complete, and sound.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { schemaLocation, writeSchemas } from './kubernetes-schemas.ts';
import { daemonSetIn, initNames, objectsIn, podOf, qosClassOf } from './objects.ts';
import { expectSoundPod, propagatedHostPaths } from './pod-promises.ts';
import { describeWith, run } from '../support/built-tools.ts';
import { manifest } from './render.ts';
import { project } from '../support/project.ts';

/** That of a Job is proved in doctor.test.ts. */
const examples = readdirSync(join(project, 'manifests/examples')).filter(
  (name) => name.endsWith('.yml') && name !== 'doctor-job.yml',
);
const all = [
  'multus-daemonset.yml',
  'multus-daemonset-thick.yml',
  ...examples.map((name) => `examples/${name}`),
];

describeWith(['helm', 'helm-docs', 'helm-schema'], 'what is generated', () => {
  it('is up to date', () => {
    const generator = join(project, 'src/dev/generate/manifests.ts');

    expect(execFileSync(process.execPath, [generator, '--check'], { encoding: 'utf8' })).toBe('');
  });
});

describeWith([], 'a manifest to apply', () => {
  it.each(all)('%s has ours first, is Guaranteed, and belongs to no Helm release', async (path) => {
    const objects = objectsIn(manifest(path));
    const pod = podOf(objects);

    await expectSoundPod(pod);
    expect(qosClassOf(pod)).toBe('Guaranteed');
    expect(manifest(path)).not.toMatch(/helm\.sh|managed-by|^ *$(?=\n.)/m);
    const namespaces = objects.map(({ kind, metadata: { namespace } }) => [kind, namespace]);
    expect(namespaces).toEqual(
      objects.map(({ kind }) => [kind, /^(Cluster|Custom)/.test(kind) ? undefined : 'kube-system']),
    );
  });

  it.each(all.filter((path) => path !== 'examples/node-preparation.yml'))(
    '%s takes the place of the DaemonSet that upstream ships',
    (path) => {
      const { metadata, spec } = daemonSetIn(objectsIn(manifest(path)));

      expect(metadata.name).toBe('kube-multus-ds');
      expect(spec.selector.matchLabels).toEqual({ name: 'multus' });
      expect(spec.template.metadata.labels).toMatchObject({ name: 'multus', app: 'multus', tier: 'node' });
      expect(initNames(spec.template.spec)).toContain('install-multus-binary');
    },
  );

  it('explains each privilege next to it', () => {
    for (const path of ['multus-daemonset.yml', 'multus-daemonset-thick.yml']) {
      const lines = manifest(path).split('\n');
      const privileges = lines.flatMap((line, index) => (line.includes('privileged: true') ? [index] : []));

      expect(privileges).toHaveLength(3);
      for (const index of privileges) expect(`${lines[index - 1]}${lines[index]}`).toContain('#');
    }
  });

  it('without sharing asks for no propagation at all', () => {
    const pod = podOf(objectsIn(manifest('examples/thin-without-sharing.yml')));

    expect(propagatedHostPaths(pod)).toEqual([]);
    expect(initNames(pod)).toEqual(['install-cni-plugins', 'install-multus-binary']);
  });
});

describeWith([], 'the version of the installer', () => {
  it('is that of the package wherever an image of ours is named', () => {
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      version: string;
    };
    const files = readdirSync(join(project, 'manifests'), { recursive: true, encoding: 'utf8' });
    const texts = files
      .filter((name) => /\.(ya?ml)$/.test(name) && !name.includes('templates'))
      .map(manifest);
    const tags = texts.flatMap((text) => [
      ...text.matchAll(/(?:cni-plugins-installer:|newTag: )(\d[\d.]*)/g),
    ]);

    expect(tags.length).toBeGreaterThan(10);
    expect(new Set(tags.map(([, tag]) => tag))).toEqual(new Set([version]));
    expect(manifest('chart/Chart.yaml')).toContain(`\nappVersion: ${version}\n`);
  });
});

describeWith(['kubeconform'], 'by the schemas of Kubernetes itself', () => {
  it.each(all)('%s is valid, without an unknown field', (path) => {
    writeSchemas([
      'ClusterRole-v1',
      'ClusterRoleBinding-v1',
      'ConfigMap-v1',
      'CustomResourceDefinition-v1',
      'DaemonSet-v1',
      'ServiceAccount-v1',
    ]);
    const report = run(
      'kubeconform',
      ['-strict', '-summary', '-schema-location', schemaLocation],
      manifest(path),
    );

    expect(report).toContain('Invalid: 0, Errors: 0, Skipped: 0');
  });

  it('would have been told of a field that Kubernetes does not know', () => {
    writeSchemas(['DaemonSet-v1']);
    const mistyped = manifest('multus-daemonset.yml').replace('hostNetwork:', 'hostNetworks:');
    const judge = (): unknown =>
      run('kubeconform', ['-strict', '-schema-location', schemaLocation], mistyped);

    expect(judge).toThrow(/additionalProperties|hostNetworks/);
  });
});
