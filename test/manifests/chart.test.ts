// Proves on what the real Helm renders, over a matrix of values, what the chart promises.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { schemaLocation, writeSchemas } from './kubernetes-schemas.ts';
import {
  allContainers,
  type Container,
  daemonSetIn,
  environmentOf,
  initNames,
  oursIn,
  podOf,
  type PodSpec,
  qosClassOf,
} from './objects.ts';
import { expectSoundPod, propagatedHostPaths, understood } from './pod-promises.ts';
import { chartDir, inScratch, notesFor, template, templateText, type Values } from './render.ts';
import { describeWith, run } from '../support/built-tools.ts';

const modes = ['thin', 'thick'] as const;
const layouts = ['simple', 'hardened'] as const;
const sharings = ['rshared', 'targeted', 'off'] as const;

const sources: Readonly<Record<string, Values>> = {
  upstream: { source: 'upstream' },
  mirror: {
    source: 'mirror',
    mirror: { urls: ['https://one.example/cni', 'https://two.example/cni'], ca: { secret: 'mirror-ca' } },
    proxy: { https: 'http://proxy.example:3128', noProxy: '10.0.0.0/8,.svc' },
  },
  bundled: { source: 'bundled' },
  'hostPath, a directory': { source: 'hostPath' },
  'hostPath, a file': { source: 'hostPath', hostPath: { path: '/srv/cni-plugins-linux-amd64-v1.9.1.tgz' } },
  pvc: { source: 'pvc', pvc: { claimName: 'cni-archives' } },
  image: { source: 'image', archiveImage: { reference: 'registry.example/cni-archives:v1.9.1' } },
};

const distributions = ['kubeadm', 'rke2', 'k3s', 'k3d', 'k0s', 'microk8s', 'gke', 'talos', 'bottlerocket', 'microshift', 'nixos', 'fedora-crio', 'flatcar'] as const;

const everyOption = {
  cniPlugins: {
    plugins: ['all'],
    skip: ['dhcp', 'vlan'],
    sha256: { amd64: 'a'.repeat(64), arm64: 'b'.repeat(64) },
    sha512: { amd64: 'c'.repeat(128), arm64: 'd'.repeat(128) },
    trustSidecar: true,
    onConflict: 'keep',
    modes: { bridge: '4755' },
    createBinDir: true,
    strict: true,
    timeout: '90s',
    retries: 0,
    logFormat: 'json',
    logLevel: 'debug',
    extraEnv: [{ name: 'CNI_PLUGINS_DRY_RUN', value: 'true' }],
  },
  multus: {
    namespaceIsolation: true,
    globalNamespaces: 'kube-system,default',
    readinessIndicatorFile: '/run/flannel/subnet.env',
    extraEnv: [{ name: 'GOMAXPROCS', value: '1' }],
  },
  mountPropagation: { required: true },
  commonLabels: { team: 'network' },
  annotations: { 'example.org/owner': 'network' },
  podLabels: { zone: 'a' },
  podAnnotations: { 'example.org/scrape': 'no' },
  imagePullSecrets: ['registry', { name: 'other' }],
  affinity: { nodeAffinity: {} },
  serviceAccount: { annotations: { 'example.org/role': 'multus' } },
  uninstall: { cleanUpNodes: true },
};

/** With those that this mode of Multus alone reads. */
function everyOptionOf(mode: (typeof modes)[number]): Values {
  const own = { thin: { extraArgs: ['--skip-config-watch'] }, thick: { config: { metricsPort: 9091 } } };
  return { ...everyOption, mode, multus: { ...everyOption.multus, ...own[mode] } };
}

/** The renders that every promise below is checked on. */
const matrix: readonly (readonly [string, Values])[] = [
  ...modes.flatMap((mode) =>
    layouts.flatMap((layout) =>
      sharings.map(
        (sharing) =>
          [`${mode}, ${layout}, ${sharing}`, { mode, layout, mountPropagation: { mode: sharing } }] as const,
      ),
    ),
  ),
  ...Object.entries(sources).map(
    ([name, cniPlugins]) => [`source ${name}`, { layout: 'hardened', cniPlugins }] as const,
  ),
  ...modes.flatMap((mode) =>
    distributions.map((distribution) => [`${mode} on ${distribution}`, { mode, distribution }] as const),
  ),
  ...modes.map((mode) => [`${mode}, every option`, everyOptionOf(mode)] as const),
  ['thin without bidirectional', { mode: 'thin', mountPropagation: { bidirectional: false } }],
  ['without CNI plugins', { cniPlugins: { enabled: false } }],
  ['without CNI plugins, hardened', { layout: 'hardened', cniPlugins: { enabled: false } }],
  [
    'without CNI plugins, shared by somebody else',
    { cniPlugins: { enabled: false }, mountPropagation: { mode: 'off' } },
  ],
  ['nothing but mounts', { cniPlugins: { enabled: false }, multus: { enabled: false } }],
  ['without Multus', { multus: { enabled: false } }],
  ['without Multus, hardened', { layout: 'hardened', multus: { enabled: false } }],
];

function named(containers: readonly Container[], name: string): Container {
  const found = containers.find((container) => container.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

type Sharing = 'for its own Multus' | 'for a Multus of others' | 'nobody';

/** Which of the promises about shared mounts these values are given. */
function whoShares({ mountPropagation = {}, multus = {} }: Values): Sharing {
  const { mode, bidirectional } = mountPropagation as { mode?: string; bidirectional?: boolean };
  if (mode === 'off' || bidirectional === false) return 'nobody';
  return (multus as { enabled?: boolean }).enabled === false
    ? 'for a Multus of others'
    : 'for its own Multus';
}

/** Of each container that shares any. */
async function pathsSharedIn(pod: PodSpec): Promise<(readonly string[])[]> {
  const ours = await Promise.all(oursIn(pod).map(understood));
  const views = ours.flatMap((config) => ('sharing' in config ? config.sharing : []));
  return views.filter(({ mode }) => mode !== 'off').map(({ paths }) => paths);
}

describeWith(['helm'], 'whatever the values, the rendered pod', () => {
  it.each(matrix)(
    'has ours first and modest, keeps QoS and request, and says what the installer understands: %s',
    async (_, values) => {
      const pod = podOf(template(values));

      await expectSoundPod(pod);
      expect(qosClassOf(pod)).toBe('Guaranteed');
    },
  );

  it.each(matrix.filter(([, values]) => whoShares(values) === 'for its own Multus'))(
    'has exactly those mounts shared that its containers ask to propagate: %s',
    async (_, values) => {
      const pod = podOf(template(values));
      const shared = await pathsSharedIn(pod);

      expect(shared).toHaveLength(1);
      expect(shared[0]?.toSorted()).toEqual(propagatedHostPaths(pod).toSorted());
    },
  );

  it.each(matrix.filter(([, values]) => whoShares(values) === 'for a Multus of others'))(
    'has the mounts shared that any Multus asks to propagate: %s',
    async (_, values) => {
      const pod = podOf(template(values));
      const ofOurThick = propagatedHostPaths(podOf(template({ mode: 'thick' })));

      expect(await pathsSharedIn(pod)).toEqual([expect.arrayContaining([...ofOurThick])]);
    },
  );

  it.each(matrix.filter(([, values]) => whoShares(values) === 'nobody'))(
    'has nothing shared where that is not wanted: %s',
    async (_, values) => {
      expect(await pathsSharedIn(podOf(template(values)))).toEqual([]);
    },
  );

  it.each(matrix)(
    'gives the right to share mounts to one container at most, and only if there is need: %s',
    (_, values) => {
      const pod = podOf(template(values));
      const able = oursIn(pod).filter(
        ({ securityContext: { privileged, capabilities } = {} }) =>
          privileged === true || capabilities?.add !== undefined,
      );
      const seeingProc = oursIn(pod).filter(({ volumeMounts = [] }) =>
        volumeMounts.some(({ name }) => name === 'host-proc'),
      );
      const sharing = oursIn(pod).filter((one) => environmentOf(one)['CNI_PLUGINS_SHARE_MOUNTS'] !== 'off');

      expect(able).toEqual(sharing);
      expect(seeingProc).toEqual(sharing);
    },
  );
});

describeWith(['helm', 'kubeconform'], 'by the schemas of Kubernetes itself', () => {
  it.each(matrix)('every object is valid, without an unknown field: %s', (_, values) => {
    const text = templateText(values);
    writeSchemas([
      'ClusterRole-v1',
      'ClusterRoleBinding-v1',
      'ConfigMap-v1',
      'CustomResourceDefinition-v1',
      'DaemonSet-v1',
      'Job-v1',
      'Pod-v1',
      'Role-v1',
      'RoleBinding-v1',
      'ServiceAccount-v1',
    ]);

    const report = run('kubeconform', ['-strict', '-summary', '-schema-location', schemaLocation], text);

    expect(report).toContain('Invalid: 0, Errors: 0, Skipped: 0');
  });
});

describeWith(['helm'], 'the layouts', () => {
  it('simple: one privileged init container does both', async () => {
    const pod = podOf(template());

    expect(initNames(pod)).toEqual(['install-cni-plugins', 'install-multus-binary']);
    const [installer] = oursIn(pod);
    expect(installer?.securityContext).toEqual({ privileged: true });
    expect(await Promise.all(oursIn(pod).map(understood))).toMatchObject([
      { verb: 'install', sharing: { mode: 'rshared', required: false } },
    ]);
  });

  it('hardened: the one that mounts sees no plugins, the one that installs can mount nothing', async () => {
    const pod = podOf(template({ layout: 'hardened' }));

    expect(initNames(pod)).toEqual(['share-mounts', 'install-cni-plugins', 'install-multus-binary']);
    const [sharer, installer] = oursIn(pod);
    expect(sharer?.securityContext?.capabilities).toEqual({
      drop: ['ALL'],
      add: ['SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'],
    });
    expect(sharer?.volumeMounts).toEqual([{ name: 'host-proc', mountPath: '/host/proc', readOnly: true }]);
    expect(installer?.securityContext?.capabilities).toEqual({ drop: ['ALL'] });
    expect(installer?.securityContext?.allowPrivilegeEscalation).toBe(false);
    expect(await Promise.all(oursIn(pod).map(understood))).toMatchObject([
      { verb: 'share-mounts', sharing: { mode: 'rshared' } },
      { verb: 'install', sharing: { mode: 'off' } },
    ]);
  });

  it.each([
    ['simple', { privileged: true }],
    ['hardened', { capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true }],
  ])('%s: without our plugins the mounts are shared all the same', async (layout, securityContext) => {
    const pod = podOf(template({ layout, cniPlugins: { enabled: false } }));

    expect(initNames(pod)).toEqual(['share-mounts', 'install-multus-binary']);
    const [sharer] = oursIn(pod);
    expect(sharer).toMatchObject({ securityContext });
    expect(await understood(sharer as Container)).toMatchObject({
      verb: 'share-mounts',
      sharing: { mode: 'rshared', paths: expect.arrayContaining(['/opt/cni/bin', '/']) },
    });
  });

  it('takes no privilege for sharing where nothing asks to share', () => {
    const values = { mode: 'thin', layout: 'hardened', mountPropagation: { bidirectional: false } };
    const pod = podOf(template(values));

    expect(initNames(pod)).toEqual(['install-cni-plugins', 'install-multus-binary']);
    expect(pod.initContainers?.filter(({ securityContext }) => securityContext?.privileged === true)).toEqual(
      [],
    );
    expect(propagatedHostPaths(pod)).toEqual([]);
  });

  it('adds what the operator says to a security context, and takes nothing away', () => {
    const values = {
      layout: 'hardened',
      cniPlugins: { securityContext: { capabilities: { add: ['DAC_OVERRIDE'] } } },
      mountPropagation: { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
    };
    const [sharer, installer] = oursIn(podOf(template(values)));

    expect(sharer?.securityContext).toMatchObject({
      appArmorProfile: { type: 'Unconfined' },
      capabilities: { drop: ['ALL'] },
    });
    expect(installer?.securityContext?.capabilities).toEqual({ drop: ['ALL'], add: ['DAC_OVERRIDE'] });
  });
});

describeWith(['helm'], 'the sources', () => {
  it.each(['bundled', 'hostPath, a directory', 'hostPath, a file', 'pvc', 'image'])(
    'uses no network: %s',
    async (name) => {
      const [installer] = oursIn(podOf(template({ cniPlugins: sources[name] })));

      expect(await understood(installer as Container)).toMatchObject({
        source: { archive: expect.stringMatching(/^\/(archives|usr\/share)/) },
      });
    },
  );

  it('takes the variant of the image that carries the archive, unless a tag or digest was chosen', () => {
    const imageFor = (image: Values): string | undefined =>
      oursIn(podOf(template({ cniPlugins: { source: 'bundled' }, image })))[0]?.image;

    expect(imageFor({})).toMatch(/:0\.1\.0-bundled$/);
    expect(imageFor({ tag: 'mine' })).toMatch(/:mine$/);
    expect(imageFor({ digest: `sha256:${'a'.repeat(64)}` })).toMatch(/installer@sha256:a{64}$/);
  });

  it('asks the mirrors in their order, with their authority and through the proxy', async () => {
    const pod = podOf(template({ cniPlugins: sources['mirror'] }));
    const [installer] = oursIn(pod);

    expect(await understood(installer as Container)).toMatchObject({
      source: {
        mirrors: [new URL('https://one.example/cni/'), new URL('https://two.example/cni/')],
        caFile: '/etc/mirror-ca/ca.crt',
      },
    });
    expect(environmentOf(installer as Container)).toMatchObject({
      HTTPS_PROXY: 'http://proxy.example:3128',
      NO_PROXY: '10.0.0.0/8,.svc',
    });
    expect(pod.volumes).toContainEqual({ name: 'mirror-ca', secret: { secretName: 'mirror-ca' } });
  });

  const registry = ['oci://registry.example/site/cni'];
  it.each<[what: string, values: Values, secret: string | undefined]>([
    ['the pull secret that is named', { cniPlugins: { mirror: { urls: registry, pullSecret: 'mine' } } }, 'mine'],
    ['the first of the release', { imagePullSecrets: [{ name: 'site' }, 'other'] }, 'site'],
    ['the first of all charts', { global: { imagePullSecrets: ['all'] }, imagePullSecrets: ['site'] }, 'all'],
    ['none where there is none', {}, undefined],
    [
      'none for a mirror that is no registry',
      { imagePullSecrets: ['site'], cniPlugins: { mirror: { urls: ['https://one.example/oci'] } } },
      undefined,
    ],
  ])('shows a registry %s', async (_what, values, secret) => {
    const cniPlugins = { source: 'mirror', mirror: { urls: registry }, ...(values['cniPlugins'] as object) };
    const pod = podOf(template({ ...values, cniPlugins }));
    const [installer] = oursIn(pod);

    const registryAuth = secret === undefined ? undefined : '/etc/registry-auth/config.json';
    expect(await understood(installer as Container)).toMatchObject({ source: { registryAuth } });
    expect(pod.volumes?.find(({ name }) => name === 'registry-auth')).toEqual(
      secret === undefined
        ? undefined
        : {
            name: 'registry-auth',
            secret: { secretName: secret, items: [{ key: '.dockerconfigjson', path: 'config.json' }] },
          },
    );
    const mounted = installer?.volumeMounts?.some(({ mountPath }) => mountPath === '/etc/registry-auth');
    expect(mounted === true).toBe(secret !== undefined);
  });
});

describeWith(['helm'], 'the spare store', () => {
  const values = { watch: { enabled: true, placement: 'sidecar' } };
  const mine = ['install-cni-plugins', 'watch'];

  it('is where the container that installs and the one that watches have it, and Multus has not', async () => {
    const pod = podOf(template({ ...values, cniPlugins: { spareStore: '/srv/spare' } }, ['--no-hooks']));

    expect(pod.volumes).toContainEqual({
      name: 'spare-store',
      hostPath: { path: '/srv/spare', type: 'DirectoryOrCreate' },
    });
    const having = allContainers(pod).filter(({ volumeMounts = [] }) =>
      volumeMounts.some(({ name }) => name === 'spare-store'),
    );
    expect(having.map(({ name }) => name)).toEqual(mine);
    for (const container of having) {
      expect(await understood(container)).toMatchObject({
        node: { spareStore: '/host/var/lib/cni-plugins-installer' },
      });
    }
  });

  it('can be left out', () => {
    const pod = podOf(template({ ...values, cniPlugins: { spareStore: '' } }, ['--no-hooks']));

    expect(JSON.stringify(pod)).not.toMatch(/spare/i);
  });
});

describeWith(['helm'], 'the distributions', () => {
  it('mounts the bin dir of k3s where thick Multus runs plugins by that very path', () => {
    const objects = template({ distribution: 'k3s' });
    const multus = named(allContainers(podOf(objects)), 'kube-multus');
    const config = objects.find(({ kind }) => kind === 'ConfigMap')?.data?.['daemon-config.json'] ?? '';

    expect(multus.volumeMounts).toContainEqual({
      name: 'cnibin',
      mountPath: '/var/lib/rancher/k3s/data/cni',
    });
    expect(JSON.parse(config)).toMatchObject({
      binDir: '/var/lib/rancher/k3s/data/cni',
      chrootDir: '/hostroot',
    });
  });

  it('tells thin Multus where the host keeps its kubeconfig', () => {
    const multus = named(
      allContainers(podOf(template({ mode: 'thin', distribution: 'k3s' }))),
      'kube-multus',
    );

    expect(multus.args).toContain(
      '--multus-kubeconfig-file-host=/var/lib/rancher/k3s/agent/etc/cni/net.d/multus.d/multus.kubeconfig',
    );
  });

  it('takes on MicroShift, whose bin dir is memory and empty after each boot, what lives with that', () => {
    const installerFor = (cniPlugins: Values): Container =>
      oursIn(podOf(template({ mode: 'thin', distribution: 'microshift', cniPlugins })))[0] as Container;
    const own = { requests: { memory: '96Mi' }, limits: { memory: '96Mi' } };

    expect(installerFor({})).toMatchObject({
      image: expect.stringMatching(/-bundled$/),
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
    });
    expect(installerFor({ source: 'upstream', resources: own })).toMatchObject({
      image: expect.not.stringMatching(/-bundled$/) as unknown,
      resources: own,
    });
  });

  it('lets a path of the operator go before that of the distribution', () => {
    const pod = podOf(template({ mode: 'thin', distribution: 'k3s', paths: { binDir: '/srv/cni' } }));

    expect(pod.volumes).toContainEqual({ name: 'cnibin', hostPath: { path: '/srv/cni' } });
  });
});

describeWith(['helm'], 'Multus', () => {
  it.each(modes)('brings what it needs beside the DaemonSet, and only then: %s', (mode) => {
    const kinds = template({ mode }, ['--no-hooks']).map(({ kind }) => kind);

    expect(kinds.toSorted()).toEqual(
      [
        ...(mode === 'thick' ? ['ConfigMap'] : []),
        'ServiceAccount',
        'CustomResourceDefinition',
        'ClusterRole',
        'ClusterRoleBinding',
        'DaemonSet',
      ].toSorted(),
    );
  });

  it('keeps the CRD, and so every network, when the release goes', () => {
    const crd = template().find(({ kind }) => kind === 'CustomResourceDefinition');

    expect(crd?.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    expect(template({ crds: { enabled: false } }).map(({ kind }) => kind)).not.toContain(
      'CustomResourceDefinition',
    );
  });

  it('restarts when its configuration changes', () => {
    const annotations = (values: Values): unknown =>
      daemonSetIn(template(values)).spec.template.metadata.annotations;

    expect(annotations({ multus: { logLevel: 'debug' } })).not.toEqual(annotations({}));
  });

  it('left out, leaves a node preparation without any right in the cluster', () => {
    const objects = template({ multus: { enabled: false } }, ['--no-hooks']);
    const pod = podOf(objects);

    expect(objects.map(({ kind }) => kind).toSorted()).toEqual(['DaemonSet', 'ServiceAccount']);
    expect(daemonSetIn(objects).metadata.name).toBe('cni-plugins-installer');
    expect(daemonSetIn(objects).spec.selector.matchLabels).toEqual({ name: 'cni-plugins-installer' });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.containers.map(({ securityContext }) => securityContext)).toMatchObject([
      { runAsUser: 65534, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
    ]);
  });
});

describeWith(['helm'], 'what an operator sets', () => {
  it.each(['imageRegistry', 'systemDefaultRegistry'])('global.%s is the registry of every image', (name) => {
    const objects = template({
      global: { [name]: 'registry.example:5000' },
      uninstall: { cleanUpNodes: true },
    });
    const images = JSON.stringify(objects).matchAll(/"image":"([^"]+)"/g);

    for (const [, image] of images) expect(image).toMatch(/^registry\.example:5000\//);
  });

  it('arrives in the object that it concerns', () => {
    const objects = template(everyOptionOf('thick'));
    const daemonSet = daemonSetIn(objects);

    expect(daemonSet.metadata.annotations).toEqual({ 'example.org/owner': 'network' });
    expect(daemonSet.spec.template.metadata.labels).toMatchObject({
      team: 'network',
      zone: 'a',
      name: 'multus',
    });
    expect(daemonSet.spec.template.metadata.annotations).toMatchObject({ 'example.org/scrape': 'no' });
    expect(podOf(objects).imagePullSecrets).toEqual([{ name: 'registry' }, { name: 'other' }]);
    for (const { metadata } of objects) expect(metadata.labels).toMatchObject({ team: 'network' });
  });

  it('reaches thick Multus as configuration', () => {
    const config = template(everyOptionOf('thick')).find(({ kind }) => kind === 'ConfigMap');

    expect(JSON.parse(config?.data?.['daemon-config.json'] ?? '')).toMatchObject({
      namespaceIsolation: true,
      globalNamespaces: 'kube-system,default',
      readinessindicatorfile: '/run/flannel/subnet.env',
      metricsPort: 9091,
    });
  });

  it('reaches thin Multus as arguments', () => {
    const multus = named(podOf(template(everyOptionOf('thin'))).containers, 'kube-multus');

    expect(multus.args).toEqual(
      expect.arrayContaining([
        '--namespace-isolation=true',
        '--global-namespaces=kube-system,default',
        '--skip-config-watch',
        '--readiness-indicator-file=/run/flannel/subnet.env',
      ]),
    );
  });
});

describeWith(['helm'], 'the chart as a package', () => {
  it('passes the linter, also strictly', () => {
    expect(run('helm', ['lint', '--strict', chartDir])).toContain('0 chart(s) failed');
  });

  it('renders from its archive as from its directory', () => {
    inScratch((scratch) => {
      run('helm', ['package', chartDir, '--destination', scratch]);
      const archive = join(scratch, 'cni-plugins-installer-0.1.0.tgz');

      expect(templateText({}, [], archive)).toBe(templateText());
    });
  });

  it('obeys a parent chart, where null is the default too', () => {
    inScratch((scratch) => {
      const parent = join(scratch, 'parent');
      mkdirSync(parent);
      const dependency = {
        name: 'cni-plugins-installer',
        version: '0.1.0',
        repository: `file://${chartDir}`,
      };
      const about = { apiVersion: 'v2', name: 'parent', version: '1.0.0', dependencies: [dependency] };
      const values = { cniPlugins: { enabled: null, retries: null }, mode: 'thin', tolerations: null };
      writeFileSync(join(parent, 'Chart.yaml'), stringify(about));
      writeFileSync(join(parent, 'values.yaml'), stringify({ 'cni-plugins-installer': values }));
      run('helm', ['dependency', 'build', parent]);

      const objects = template({ global: { imageRegistry: 'registry.example' } }, [], parent);

      expect(initNames(podOf(objects))).toEqual(['install-cni-plugins', 'install-multus-binary']);
      expect(podOf(objects).tolerations).toHaveLength(2);
      expect(oursIn(podOf(objects))[0]?.image).toMatch(/^registry\.example\//);
    });
  });

  it('says after the installation what to look at', () => {
    const notes = notesFor();

    expect(notes).toContain('kubectl -n kube-system rollout status daemonset/kube-multus-ds');
    expect(notes).toContain('helm test multus -n kube-system');
  });

});
