// Proves that what the chart renders is, to the letter, what somebody has read and approved: golden/*.yml.
//
// The manifests to apply and the examples are such files too; these are the values that none of them has. After a
// change that is meant, `vitest run --project manifests golden --update` writes them anew: read the difference.

import { expect, it } from 'vitest';
import { describeWith } from '../support/built-tools.ts';
import { templateText, type Values } from './render.ts';

const golden: Readonly<Record<string, Values>> = {
  'thick-k3s-archive-on-a-claim': {
    mode: 'thick',
    distribution: 'k3s',
    cniPlugins: { source: 'pvc', pvc: { claimName: 'cni-archives' } },
  },
  'thin-microk8s-archive-in-an-image': {
    mode: 'thin',
    distribution: 'microk8s',
    cniPlugins: { source: 'image', archiveImage: { reference: 'registry.example/cni-archives:v1.9.1' } },
  },
  'thick-with-the-registry-of-the-site': {
    mode: 'thick',
    imagePullSecrets: ['site-registry'],
    cniPlugins: { source: 'mirror', mirror: { urls: ['oci://registry.example/site/cni-plugins'] } },
  },
  'thick-gke-cleaned-up-at-uninstall': {
    mode: 'thick',
    distribution: 'gke',
    layout: 'hardened',
    uninstall: { cleanUpNodes: true },
  },
  'thin-talos-without-a-service-account': {
    mode: 'thin',
    distribution: 'talos',
    serviceAccount: { create: false, name: 'multus' },
    rbac: { create: false },
    crds: { enabled: false },
  },
  'thin-microshift': { mode: 'thin', distribution: 'microshift' },
  'thick-without-the-plugins': { mode: 'thick', cniPlugins: { enabled: 'false' } },
  'node-preparation-of-a-site': {
    multus: { enabled: false },
    layout: 'hardened',
    mountPropagation: { mode: 'targeted', required: true },
    global: { imageRegistry: 'registry.example', imagePullSecrets: ['site'] },
    cniPlugins: {
      version: 'v1.6.2',
      sha256: { amd64: 'a'.repeat(64), arm64: 'b'.repeat(64) },
      onConflict: 'keep',
      modes: { bridge: '4755' },
    },
  },
};

describeWith(['helm'], 'the chart', () => {
  it.each(Object.entries(golden))('renders what was approved: %s', async (name, values) => {
    await expect(withoutScripts(templateText(values))).toMatchFileSnapshot(`golden/${name}.yml`);
  });
});

/** They are read where they lie, in files/, and run by the tests of the hooks. */
function withoutScripts(text: string): string {
  return text.replaceAll(/^( +)- \|\n(?:\1  .*\n|\s*\n)+/gm, '$1- a script of files/\n');
}
