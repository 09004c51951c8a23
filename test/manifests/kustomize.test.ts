// Proves on what the real kustomize builds that our components do to Multus' manifests what they say, and fail loudly.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeWhere } from '../support/needs.ts';
import {
  type Base,
  bases,
  components,
  type Mode,
  overlay,
  overlays,
  withComponents,
  withLayers,
} from './kustomization.ts';
import {
  allContainers,
  type Container,
  daemonSetIn,
  environmentOf,
  initNames,
  type Objects,
  oursIn,
  podOf,
  type PodSpec,
  qosClassOf,
} from './objects.ts';
import { expectConsistentVolumes, expectSoundPod, propagatedHostPaths, understood } from './pod-promises.ts';
import { describeWith, failureOf, missingOf } from '../support/built-tools.ts';
import { project } from '../support/project.ts';
import { template } from './render.ts';

const modes = ['thin', 'thick'] as const;
const simple = ['install-cni-plugins', 'install-multus-binary'];
const k3sBinDir = '/var/lib/rancher/k3s/data/cni';
const hardened = ['share-mounts', ...simple];
const spareDir = '/host/var/lib/cni-plugins-installer';
const spareVolume = {
  name: 'spare-store',
  hostPath: { path: '/var/lib/cni-plugins-installer', type: 'DirectoryOrCreate' },
};

/** The pod without what concerns us. */
function multusPartOf(pod: PodSpec): PodSpec {
  const ours = oursIn(pod);
  return {
    ...pod,
    enableServiceLinks: false,
    initContainers: (pod.initContainers ?? []).filter((container) => !ours.includes(container)),
    volumes: (pod.volumes ?? []).filter(({ name }) => name !== 'host-proc' && name !== 'spare-store'),
  };
}

function seesRegistryAuth({ volumeMounts = [] }: Container): boolean {
  return volumeMounts.some(({ name }) => name === 'registry-auth');
}

function byName<Named extends { readonly name: string }>(list: readonly Named[] = []): readonly Named[] {
  return list.toSorted((one, other) => one.name.localeCompare(other.name));
}

describe.each(bases)('over $name', (base: Base) => {
  describeWhere(base.missing ?? missingOf(['kustomize', 'kubectl']), 'the component install', () => {
    const built = (mode: Mode, ...names: readonly string[]): Objects =>
      withComponents(base.text(mode), names);

    it.each(modes)('puts ours first, modest, and with the volumes it needs: %s', async (mode) => {
      const pod = podOf(built(mode, 'install'));

      expect(initNames(pod)).toEqual(simple);
      await expectSoundPod(pod);
      expect(pod.volumes).toContainEqual({ name: 'host-proc', hostPath: { path: '/proc' } });
      expect(pod.volumes).toContainEqual(spareVolume);
      const [installer] = oursIn(pod);
      expect(byName(installer?.volumeMounts)).toEqual([
        { name: 'cnibin', mountPath: '/host/opt/cni/bin' },
        { name: 'host-proc', mountPath: '/host/proc', readOnly: true },
        { name: 'spare-store', mountPath: spareDir },
      ]);
      expect(installer && (await understood(installer))).toMatchObject({ node: { spareStore: spareDir } });
    });

    it.each(modes)("changes nothing of what is Multus': %s", (mode) => {
      const before = multusPartOf(podOf(withComponents(base.text(mode), [])));
      const after = multusPartOf(podOf(built(mode, 'install')));

      expect({ ...after, volumes: byName(after.volumes) }).toEqual({
        ...before,
        volumes: byName(before.volumes),
      });
    });

    it.each(modes)('applied twice is applied once: %s', (mode) => {
      const once = built(mode, 'install');

      expect(built(mode, 'install', 'install')).toEqual(once);
    });

    it.each(modes)('is the same by kubectl kustomize: %s', (mode) => {
      expect(withComponents(base.text(mode), ['install'], {}, 'kubectl')).toEqual(built(mode, 'install'));
    });

    it.each(modes)('lets images: rewrite our image like any other: %s', (mode) => {
      const images = [
        {
          name: 'ghcr.io/cni-plugins-installer/cni-plugins-installer',
          newName: 'registry.example/installer',
          digest: `sha256:${'a'.repeat(64)}`,
        },
        { name: 'ghcr.io/k8snetworkplumbingwg/multus-cni', newName: 'registry.example/multus' },
      ];
      const pod = podOf(withComponents(base.text(mode), ['install'], { images }));

      expect(oursIn(pod)[0]?.image).toBe(`registry.example/installer@sha256:${'a'.repeat(64)}`);
      for (const { image } of allContainers(pod)) expect(image).toMatch(/^registry\.example\//);
    });

    it.each(modes)('with guaranteed before it, makes the pod Guaranteed: %s', (mode) => {
      expect(qosClassOf(podOf(built(mode, 'guaranteed', 'install', 'order-guard')))).toBe('Guaranteed');
    });

    it.each(modes)(
      'with hardened after it, takes two containers with just what they need: %s',
      async (mode) => {
        const pod = podOf(built(mode, 'install', 'hardened', 'order-guard-hardened'));
        const [sharer, installer] = oursIn(pod);

        expect(initNames(pod)).toEqual(hardened);
        await expectSoundPod(pod);
        expect(sharer?.volumeMounts).toEqual([
          { name: 'host-proc', mountPath: '/host/proc', readOnly: true },
        ]);
        expect(installer?.securityContext?.privileged).toBeUndefined();
        expect(environmentOf(installer ?? { name: '', image: '' })['CNI_PLUGINS_SHARE_MOUNTS']).toBe('off');
      },
    );

    it('with watch-sidecar before it, lets that put plugins back from the spare store too', async () => {
      const pod = podOf(built('thick', 'watch-sidecar', 'install', 'order-guard'));
      const watch = pod.initContainers?.find(({ name }) => name === 'watch');

      expect(watch && (await understood(watch))).toMatchObject({ verb: 'watch', node: { spareStore: spareDir } });
      expect(watch?.volumeMounts).toContainEqual({ name: 'spare-store', mountPath: spareDir });
      expectConsistentVolumes(pod);
    });

    it('with targeted-sharing after it, touches only what is needed', async () => {
      const [installer] = oursIn(podOf(built('thick', 'install', 'targeted-sharing', 'order-guard')));

      expect(installer && (await understood(installer))).toMatchObject({ sharing: { mode: 'targeted' } });
    });

    it('without sharing and without bidirectional, leaves thin Multus no mount to be refused for', async () => {
      const pod = podOf(built('thin', 'no-bidirectional', 'install', 'without-sharing', 'order-guard'));

      await expectSoundPod(pod);
      expect(propagatedHostPaths(pod)).toEqual([]);
      expect(oursIn(pod)[0]?.securityContext?.privileged).toBeUndefined();
    });

    it.each(['air-gap-bundled', 'air-gap-host-path', 'air-gap-image-volume'])(
      'with %s after it, uses no network',
      async (component) => {
        const pod = podOf(built('thick', 'install', component, 'order-guard'));

        await expectSoundPod(pod);
        const [installer] = oursIn(pod);
        expect(installer && (await understood(installer))).toMatchObject({
          source: { archive: expect.stringMatching(/^\/(archives|usr\/share)/) },
        });
      },
    );

    it.each([
      ['by itself', [], undefined],
      ['with an authority of its own, after mirror', ['mirror'], '/etc/mirror-ca/ca.crt'],
    ])('with mirror-registry after it, shows a registry the pull secret: %s', async (_what, before, caFile) => {
      const pod = podOf(built('thick', 'install', ...before, 'mirror-registry', 'order-guard'));

      await expectSoundPod(pod);
      const [installer] = oursIn(pod);
      expect(pod.imagePullSecrets).toEqual([{ name: 'site-registry' }]);
      expect(installer && (await understood(installer))).toMatchObject({
        source: {
          mirrors: [new URL('oci://registry.example/site/cni-plugins')],
          registryAuth: '/etc/registry-auth/config.json',
          caFile,
        },
      });
      expect(pod.volumes).toContainEqual({
        name: 'registry-auth',
        secret: { secretName: 'site-registry', items: [{ key: '.dockerconfigjson', path: 'config.json' }] },
      });
      expect(allContainers(pod).filter(seesRegistryAuth)).toEqual([installer]);
    });

    it.each(modes)('knows the directories of k3s: %s', (mode) => {
      const pod = podOf(built(mode, `k3s-${mode}`, 'install', 'order-guard'));
      const mounts = pod.containers[0]?.volumeMounts?.filter(({ name }) => name === 'cnibin');

      expect(pod.volumes).toContainEqual({ name: 'cnibin', hostPath: { path: k3sBinDir } });
      expect(mounts?.map(({ mountPath }) => mountPath)).toEqual([
        mode === 'thick' ? k3sBinDir : '/host/opt/cni/bin',
      ]);
    });

    it('tells thick Multus where k3s keeps plugins', () => {
      const objects = built('thick', 'k3s-thick');
      const config = objects.find(({ metadata }) => metadata.name === 'multus-daemon-config')?.data;

      expect(JSON.parse(config?.['daemon-config.json'] ?? '')).toMatchObject({ binDir: k3sBinDir });
    });
  });

  describeWhere(base.missing ?? missingOf(['kustomize', 'helm']), 'what tells Kubernetes', () => {
    /** What is the watch's own beside its pod, without its labels and the form of its lines. */
    const accessIn = (objects: Objects): readonly unknown[] =>
      objects
        .filter(({ kind, metadata }) => kind !== 'DaemonSet' && metadata.name.startsWith('cni-plugins-watch'))
        .toSorted((one, other) => `${one.kind} ${one.metadata.name}`.localeCompare(`${other.kind} ${other.metadata.name}`))
        .map((object): unknown =>
          JSON.parse(JSON.stringify({ ...object, metadata: object.metadata.name }), (_key, value: unknown) =>
            typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : value,
          ),
        );

    it('by components is what the chart makes of the same values', () => {
      const built = withComponents(base.text('thick'), ['install', 'watch', 'node-condition', 'startup-taint', 'events', 'nfd']);
      const starting = { key: 'cni-plugins-installer.github.io/starting' };
      const features = {
        nodeCondition: { enabled: true },
        startupTaint: starting,
        events: { enabled: true },
        nfd: { enabled: true },
      };
      const rendered = template({ watch: { enabled: true, ...features } }, ['--no-hooks']);

      expect(accessIn(built)).toEqual(accessIn(rendered));
      expect(accessIn(built)).toHaveLength(13);
      const podIn = (objects: Objects): PodSpec =>
        daemonSetIn(objects, ({ metadata }) => metadata.name === 'cni-plugins-watch').spec.template.spec;
      const [watching, expected] = [podIn(built), podIn(rendered)];
      expect(watching.serviceAccountName).toBe(expected.serviceAccountName);
      expect(byName(watching.volumes)).toEqual(byName(expected.volumes));
      expect(environmentOf(watching.containers[0] as Container)).toEqual({
        ...environmentOf(expected.containers[0] as Container),
        CNI_PLUGINS_CONDITION_HEARTBEAT: undefined,
      });
    });

    it('moves into another namespace whole, fence and all; what writes Events has its Role where Events are', () => {
      const below = ['install', 'watch', 'node-condition', 'startup-taint'];
      const objects = withLayers(base.text('thick'), 'networks', [below, ['events']]).filter(({ metadata }) =>
        metadata.name.startsWith('cni-plugins-watch'),
      );
      const placed = objects.flatMap(({ kind, metadata: { namespace } }) =>
        namespace === undefined ? [] : [`${kind} ${namespace}`],
      );

      expect(placed.toSorted()).toEqual([
        'DaemonSet networks',
        'Role default',
        'RoleBinding default',
        'ServiceAccount networks',
      ]);
      const subjects = objects.flatMap((object) => (object as unknown as { subjects?: unknown[] }).subjects ?? []);
      const account = { kind: 'ServiceAccount', name: 'cni-plugins-watch', namespace: 'networks' };
      expect(subjects).toEqual([account, account, account, account]);
      expect(JSON.stringify(objects)).not.toContain('kube-system');
    });
  });

  describeWhere(base.missing ?? missingOf(['kustomize']), 'the order guard', () => {
    const guarded = (...names: readonly string[]): unknown => withComponents(base.text('thin'), names);

    it('fails where a later component moved the container of Multus to the front', () => {
      expect(failureOf(() => guarded('install', 'no-bidirectional', 'order-guard'))).toContain(
        'testing value /spec/template/spec/initContainers/0/name failed',
      );
      expect(failureOf(() => guarded('install', 'hardened', 'guaranteed', 'order-guard-hardened'))).toContain(
        'testing value /spec/template/spec/initContainers/0/name failed',
      );
    });

    it('passes where the order is right', () => {
      expect(guarded('no-bidirectional', 'guaranteed', 'install', 'order-guard')).toBeInstanceOf(Array);
    });
  });

  describeWhere(base.missing ?? missingOf(['kustomize']), 'a target that matches nothing', () => {
    const adding = { watch: 1, 'prometheus-rule': 1, dashboard: 1, 'node-readiness': 1, 'fleet-cronjob': 7 };
    const patching = components.filter(
      (name) => !name.startsWith('order-guard') && !Object.hasOwn(adding, name),
    );

    it.each(Object.entries(adding))('concerns no component %s, which adds %i and changes none', (component, count) => {
      const without = withComponents(base.text('thick'), []);
      const added = withComponents(base.text('thick'), [component]);

      expect(added.length).toBe(without.length + count);
      expect(added).toEqual(expect.arrayContaining([...without]));
    });

    it.each(patching)('is an error in the component %s', (component) => {
      const elsewhere = base.text('thick').replaceAll('name: kube-multus-ds', 'name: multus-of-mine');

      expect(failureOf(() => withComponents(elsewhere, [component]))).toMatch(
        /no matches for Id DaemonSet|nothing selected by ServiceAccount/,
      );
    });
  });

  describeWhere(base.missing ?? missingOf(['kustomize']), 'the overlay', () => {
    it.each(overlays)('%s builds, with ours first', async (name) => {
      const pod = podOf(overlay(name, base));

      await expectSoundPod(pod);
      expect(initNames(pod)).toEqual(name.endsWith('-hardened') ? hardened : simple);
    });
  });
});

describeWith(['kustomize'], "a user's own patch", () => {
  const base = bases.find(({ missing }) => missing === undefined) as Base;
  const byIndex = {
    target: { kind: 'DaemonSet', name: 'kube-multus-ds' },
    patch: '- { op: add, path: /spec/template/spec/initContainers/0/command, value: [/own/installer] }',
  };

  it('by index hits our container when it stands beside the components, as the docs warn', () => {
    const withoutOurs = bases.find(({ name }) => name === 'a manifest without ours') ?? base;
    const pod = podOf(withComponents(withoutOurs.text('thin'), ['install'], { patches: [byIndex] }));

    expect(oursIn(pod)[0]?.command).toEqual(['/own/installer']);
  });

  it('by index hits the container of Multus from the layer below', () => {
    const withoutOurs = bases.find(({ name }) => name === 'a manifest without ours') ?? base;
    const pod = podOf(overlay('own-patches', withoutOurs));

    expect(initNames(pod)).toEqual(simple);
    expect(qosClassOf(pod)).toBe('Guaranteed');
    expect(pod.initContainers?.map(({ resources }) => resources?.requests?.['cpu'])).toEqual(['100m', '50m']);
  });
});

describeWith([], 'an overlay', () => {
  it.each(overlays)('%s only composes, in a few lines', (name) => {
    const text = readFileSync(
      join(project, 'manifests/kustomize/overlays', name, 'kustomization.yaml'),
      'utf8',
    );
    const content = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

    expect(content.length).toBeLessThanOrEqual(10);
    expect(Object.keys(parse(text) as object).toSorted()).toEqual([
      'apiVersion',
      'components',
      'kind',
      'resources',
    ]);
  });
});
