// Proves what the chart takes for a value: null, quoted toggles, and what it refuses in which words.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Container, daemonSetIn, environmentOf, oursIn, podOf } from './objects.ts';
import { chartDir, notesFor, template, templateText, type Values } from './render.ts';
import { describeWith, failureOf } from '../support/built-tools.ts';

const defaults = parse(readFileSync(join(chartDir, 'values.yaml'), 'utf8')) as Values;

/** Every value that holds no others, by its path: `cniPlugins.enabled`. */
function leavesOf(values: Values, prefix = ''): (readonly [string, unknown])[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const inner = typeof value === 'object' && value !== null && !Array.isArray(value);
    return inner ? leavesOf(value as Values, `${prefix}${key}.`) : [[`${prefix}${key}`, value] as const];
  });
}

/** `{ a: { b: value } }` for `a.b`. */
function nested(path: string, value: unknown): Values {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}

function allNull(values: Values): Values {
  return Object.fromEntries(Object.keys(values).map((key) => [key, null]));
}

const toggles = leavesOf(defaults).flatMap(([path, value]) => (typeof value === 'boolean' ? [path] : []));
const withoutSchema = ['--skip-schema-validation'];

describeWith(['helm'], 'null', () => {
  const asDefault = (values: Values): boolean => templateText(values) === templateText();

  it('is the default for all values at once', () => {
    expect(asDefault(allNull(defaults))).toBe(true);
  });

  it('is the default within each group of values', () => {
    const groups = Object.entries(defaults).filter(([, values]) => String(values) === '[object Object]');
    const differing = groups.filter(([group, values]) => !asDefault({ [group]: allNull(values as Values) }));

    expect(groups.length).toBeGreaterThan(5);
    expect(differing).toEqual([]);
  });
});

describeWith(['helm'], 'toggles', () => {
  it('are found at all', () => {
    expect(toggles).toEqual(expect.arrayContaining(['multus.enabled', 'cniPlugins.enabled', 'rbac.create']));
  });

  it.each(toggles)('%s means the same quoted', (path) => {
    for (const value of [true, false]) {
      const rendered = (given: unknown): string => {
        try {
          return templateText(nested(path, given));
        } catch (error) {
          return String(error).replace(/.*execution error/s, '');
        }
      };
      expect(rendered(String(value))).toBe(rendered(value));
    }
  });

  it.each(toggles)(
    '%s: maybe is refused in a sentence that names it, with and without the schema',
    (path) => {
      const values = nested(path, 'maybe');

      expect(failureOf(() => template(values))).toContain(
        `at '/${path.replaceAll('.', '/')}': value must be one of true, false, 'true', 'false'`,
      );
      expect(failureOf(() => template(values, withoutSchema))).toContain(
        `${path}: "maybe" is neither true nor false.`,
      );
    },
  );

  it('without plugins and without sharing from us Multus is alone', () => {
    const values = { cniPlugins: { enabled: 'false' }, mountPropagation: { mode: 'off' } };

    expect(oursIn(podOf(template(values)))).toEqual([]);
  });
});

describeWith(['helm'], 'a falsy value', () => {
  it('is not taken for an absent one', () => {
    const pod = podOf(template({ tolerations: [], priorityClassName: '', cniPlugins: { retries: 0 } }));

    expect(pod.tolerations).toBeUndefined();
    expect(pod.priorityClassName).toBeUndefined();
    expect(oursIn(pod)[0]?.env).toContainEqual({ name: 'CNI_PLUGINS_RETRIES', value: '0' });
  });
});

describeWith(['helm'], 'nonsense ends the render with a sentence', () => {
  it.each<[string, Values, string]>([
    ['an unknown value', { cniPlugin: {} }, "additional properties 'cniPlugin' not allowed"],
    [
      'a mistyped option',
      { cniPlugins: { onconflict: 'keep' } },
      "additional properties 'onconflict' not allowed",
    ],
    [
      'a word for a number',
      { cniPlugins: { retries: 'many' } },
      "at '/cniPlugins/retries': got string, want null or integer",
    ],
    [
      'a version that is none',
      { cniPlugins: { version: 'latest' } },
      "at '/cniPlugins/version': 'latest' does not match pattern",
    ],
    ['no plugin at all', { cniPlugins: { plugins: [] } }, "at '/cniPlugins/plugins': minItems"],
    [
      'a relative path',
      { paths: { binDir: 'opt/cni' } },
      "at '/paths/binDir': 'opt/cni' does not match pattern",
    ],
    [
      'a digest of the wrong length',
      { image: { digest: 'sha256:abc' } },
      "at '/image/digest': 'sha256:abc' does not match pattern",
    ],
    ['a third mode', { mode: 'fat' }, "at '/mode': value must be one of 'thick', 'thin'"],
    [
      'OpenShift',
      { distribution: 'openshift' },
      'distribution openshift: the Cluster Network Operator installs Multus',
    ],
    [
      'a digest that is none',
      { cniPlugins: { sha256: { amd64: 'abc' } } },
      'cniPlugins.sha256.amd64: "abc" is not a SHA256 in hex (64 digits).',
    ],
    [
      'a mirror without a URL',
      { cniPlugins: { source: 'mirror' } },
      'cniPlugins.mirror.urls needs at least one base URL',
    ],
    [
      'two authorities',
      {
        cniPlugins: {
          source: 'mirror',
          mirror: { urls: ['https://m.example'], ca: { secret: 'a', configMap: 'b' } },
        },
      },
      'either a configMap or a secret, not both',
    ],
    ['a claim without a name', { cniPlugins: { source: 'pvc' } }, 'cniPlugins.pvc.claimName is missing'],
    [
      'an image volume without an image',
      { cniPlugins: { source: 'image' } },
      'cniPlugins.archiveImage.reference is missing',
    ],
    [
      'two thick daemons on a node for a moment',
      { updateStrategy: { rollingUpdate: { maxSurge: '10%', maxUnavailable: 0 } } },
      'updateStrategy.rollingUpdate.maxSurge: the pod that ends would take the new one',
    ],
    [
      'two thin ones, of which one cleans up',
      { mode: 'thin', updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
      'Only thin Multus with multus.cleanUpConfigOnExit=false can have it',
    ],
    [
      'two watches at one port',
      {
        mode: 'thin',
        multus: { cleanUpConfigOnExit: false },
        watch: { enabled: true, placement: 'sidecar' },
        updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      },
      'the port of watch is the node',
    ],
    [
      'permission bits that are none',
      { cniPlugins: { modes: { bridge: 9999 } } },
      'cniPlugins.modes.bridge: "9999" are no permission bits in octal',
    ],
    [
      'a spare store that would go with the bin dir',
      { cniPlugins: { spareStore: '/opt/cni/bin/spare' } },
      'cniPlugins.spareStore: /opt/cni/bin/spare is in the bin dir /opt/cni/bin',
    ],
    [
      'a plugin that the release does not have',
      { cniPlugins: { plugins: ['bridge', 'brigde'] } },
      "at '/cniPlugins/plugins/1': value must be one of 'all', 'bandwidth', 'bridge'",
    ],
    [
      'a plugin that only later releases have',
      { cniPlugins: { version: '1.2.0', plugins: ['tap'] } },
      "at '/cniPlugins/plugins/0': value must be one of 'all', 'bandwidth'",
    ],
    [
      'a time without a unit',
      { cniPlugins: { timeout: 300 } },
      'cniPlugins.timeout: 300 has no unit; in seconds it is 300s.',
    ],
    ['the same in quotes', { watch: { period: '60' } }, 'watch.period: 60 has no unit; in seconds it is 60s.'],
    [
      'a time that is none',
      { cniPlugins: { timeout: 'soon' } },
      'cniPlugins.timeout: "soon" is no duration, such as 300s or 5m.',
    ],
    [
      "the daemon's configuration where there is no daemon",
      { mode: 'thin', multus: { config: { logLevel: 'debug' } } },
      'multus.config has logLevel, which only thick Multus reads, and mode is thin. Leave it out;',
    ],
    [
      'arguments for thin Multus where a daemon runs',
      { multus: { extraArgs: ['--skip-multus-binary-copy=true'] } },
      'multus.extraArgs has --skip-multus-binary-copy=true, which only thin Multus takes, and mode is thick.',
    ],
    [
      'nothing to install',
      { multus: { enabled: false }, cniPlugins: { enabled: false }, mountPropagation: { mode: 'off' } },
      'there is nothing to do',
    ],
  ])('%s', (_, values, words) => {
    expect(failureOf(() => template(values))).toContain(words);
  });

  it('an image volume on a Kubernetes without them', () => {
    const values = { cniPlugins: { source: 'image', archiveImage: { reference: 'registry.example/a:1' } } };

    expect(failureOf(() => template(values, ['--kube-version=1.30.0']))).toContain(
      'Kubernetes v1.30.0 has no image volumes',
    );
    expect(failureOf(() => template(values, ['--kube-version=1.34.4']))).toContain(
      'Kubernetes v1.34.4 has image volumes only behind the feature gate ImageVolume',
    );
  });

  it('not an image volume behind a feature gate that is on', () => {
    const archiveImage = { reference: 'registry.example/a:1', featureGate: true };
    const values = { cniPlugins: { source: 'image', archiveImage } };

    expect(template(values, ['--kube-version=1.34.4'])).toEqual(template(values));
  });

  it.each<[string, Values]>([
    ['mode: "fat" is none of thick, thin.', { mode: 'fat' }],
    ['layout: "flat" is none of simple, hardened.', { layout: 'flat' }],
    ['mountPropagation.mode: "on" is none of rshared, targeted, off.', { mountPropagation: { mode: 'on' } }],
    [
      'distribution: "minix" is none of bottlerocket, fedora-crio, flatcar, gke, k0s, k3d, k3s, kubeadm, microk8s, microshift, nixos, rke2, talos.',
      { distribution: 'minix' },
    ],
  ])('also when the schema is skipped: %s', (words, values) => {
    expect(failureOf(() => template(values, withoutSchema))).toContain(words);
  });
});

describeWith(['helm'], 'mountPropagation.mode', () => {
  it('may be an off without quotes, which YAML 1.1 takes for false', () => {
    expect(templateText({ mountPropagation: { mode: false } })).toBe(
      templateText({ mountPropagation: { mode: 'off' } }),
    );
  });
});

describeWith(['helm'], 'credentials of a mirror', () => {
  it('may come from a Secret instead of a value', () => {
    const valueFrom = { secretKeyRef: { name: 'mirror', key: 'urls' } };
    const extraEnv = [{ name: 'CNI_PLUGINS_MIRRORS', valueFrom }];
    const [installer] = oursIn(podOf(template({ cniPlugins: { source: 'mirror', extraEnv } })));

    expect(installer?.env).toContainEqual({ name: 'CNI_PLUGINS_MIRRORS', valueFrom });
  });
});

describeWith(['helm'], 'an empty digest', () => {
  it('is none, for with --reuse-values nothing else takes one back', () => {
    const digest = 'a'.repeat(64);
    const sha256Of = (sha256: Values): string | undefined => {
      const [installer] = oursIn(podOf(template({ cniPlugins: { sha256 } })));
      return environmentOf(installer as Container)['CNI_PLUGINS_SHA256'];
    };

    expect(sha256Of({ amd64: '', arm64: digest })).toBe(`arm64=${digest}`);
    expect(sha256Of({ amd64: '' })).toBeUndefined();
  });
});

describeWith(['helm'], 'updateStrategy', () => {
  it('may surge where the old pod leaves the configuration alone', () => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
    const values = { mode: 'thin', multus: { cleanUpConfigOnExit: false }, updateStrategy: { rollingUpdate } };

    expect(daemonSetIn(template(values)).spec).toMatchObject({ updateStrategy: { rollingUpdate } });
    expect(daemonSetIn(template({ multus: { enabled: false }, updateStrategy: { rollingUpdate } })).spec).toMatchObject(
      { updateStrategy: { rollingUpdate } },
    );
  });

  it('of type OnDelete has nothing of a roll-out in it', () => {
    const objects = template({ updateStrategy: { type: 'OnDelete' } });
    // The pods of helm test have a roll-out of their own.
    const ofRelease = objects.filter(({ metadata }) => metadata.name !== 'kube-multus-ds-test-call');

    expect(daemonSetIn(objects).spec).toMatchObject({ updateStrategy: { type: 'OnDelete' } });
    expect(JSON.stringify(ofRelease)).not.toContain('maxUnavailable');
  });
});

describeWith(['helm'], 'another source than before, with --reuse-values', () => {
  const earlier = {
    mirror: { urls: ['https://mirror.example/cni'], ca: { secret: 'mirror-ca' } },
    pvc: { claimName: 'cni-archives' },
    archiveImage: { reference: 'registry.example/cni-archives:1' },
  };

  it.each(['upstream', 'bundled', 'hostPath'])('%s renders as if the earlier values were not there', (source) => {
    expect(templateText({ cniPlugins: { ...earlier, source } })).toBe(templateText({ cniPlugins: { source } }));
  });

  it('is told which values it does not use', () => {
    expect(notesFor({ cniPlugins: { ...earlier, source: 'pvc' } })).toContain(
      'cniPlugins.source is pvc; not used: cniPlugins.mirror.urls, cniPlugins.mirror.ca, cniPlugins.archiveImage.reference.',
    );
    expect(notesFor({ cniPlugins: { source: 'bundled' } })).not.toContain('not used');
  });
});

describeWith(['helm'], 'plugins of a release that the catalog does not know', () => {
  it('are taken as they are named', () => {
    const [installer] = oursIn(
      podOf(template({ cniPlugins: { version: 'v99.0.0', plugins: ['teleport'] } })),
    );

    expect(environmentOf(installer as Container)['CNI_PLUGINS']).toBe('teleport');
  });
});

describeWith(['helm'], 'the notes', () => {
  it('say where a degraded node shows, for no event tells of it', () => {
    expect(notesFor()).toMatch(/`degraded` shows here, and nowhere else:\n\n {2}kubectl get pods /);
    expect(notesFor({ cniPlugins: { enabled: false } })).not.toContain('degraded');
  });
});

describeWith(['helm'], 'the version of Multus', () => {
  it('is taken with and without its v', () => {
    expect(templateText({ multus: { version: '4.3.0' } })).toBe(templateText({ multus: { version: 'v4.3.0' } }));
  });
});

describeWith([], 'each description of a value', () => {
  const rows = readFileSync(join(chartDir, 'README.md'), 'utf8').matchAll(/^\| `([\w.]+)` \| .*? \| (.+) \|$/gm);

  it.each([...rows].map(([, key = '', description = '']) => [key, description]))(
    '%s begins as a sentence does, and closes what it opens',
    (_, description) => {
      expect(description).toMatch(/^([A-Z`]|kubelet)/);
      expect(description.split('`').length % 2).toBe(1);
      expect(description.split('(').length).toBe(description.split(')').length);
    },
  );
});
