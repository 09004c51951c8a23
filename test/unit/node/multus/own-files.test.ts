// Promises about which files are taken for Multus' own: those that it wrote itself, and none that only look alike.

import { describe, expect, it } from 'vitest';
import {
  isMultusConfiguration,
  isMultusKubeconfig,
  pluginsCalledBy,
} from '../../../../src/node/multus/own-files.ts';

const kubeconfig = '/etc/cni/net.d/multus.d/multus.kubeconfig';
const thin = { type: 'multus', kubeconfig, delegates: [{ type: 'bridge' }] };
const thick = { type: 'multus-shim', clusterNetwork: '/host/etc/cni/net.d/10-pods.conflist' };
const named = { cniVersion: '0.3.1', name: 'multus-cni-network' };

const bridge = { type: 'bridge', ipam: { type: 'host-local' } };
const portmap = { type: 'portmap', capabilities: { portMappings: true } };

describe('a configuration', () => {
  it.each<[string, object]>([
    ['of thick Multus', { ...named, ...thick }],
    ['of thick Multus under the name of the cluster’s network', { ...thick, name: 'pods' }],
    ['of thin Multus', { ...named, ...thin }],
    ['of thin Multus, as a list', { ...named, cniVersion: '1.0.0', plugins: [thin] }],
    ['of thin Multus on k3s', { ...thin, kubeconfig: `/var/lib/rancher/k3s/agent${kubeconfig}` }],
  ])('%s is Multus’ own', (_, configuration) => {
    expect(isMultusConfiguration(JSON.stringify(configuration))).toBe(true);
  });

  it.each<[string, string]>([
    ['of the cluster’s network', JSON.stringify({ name: 'pods', plugins: [bridge, portmap] })],
    [
      'of a Multus with credentials of its own',
      JSON.stringify({ ...thin, kubeconfig: '/root/.kube/config' }),
    ],
    ['of a Multus that somebody wrote by hand', JSON.stringify({ type: 'multus-shim', name: 'mine' })],
    ['that only names Multus', JSON.stringify({ type: 'bridge', name: 'multus' })],
    ['that was cut off', JSON.stringify({ ...named, ...thick }).slice(0, 40)],
    ['that is empty', ''],
    ['that is a list of nothing', '[]'],
    ['that is no object', '"multus"'],
    ['whose plugins are none', JSON.stringify({ plugins: ['multus', null] })],
  ])('%s is not', (_, text) => {
    expect(isMultusConfiguration(text)).toBe(false);
  });
});

describe('a kubeconfig', () => {
  it('is Multus’ own by the words that it begins with', () => {
    expect(isMultusKubeconfig('# Kubeconfig file for Multus CNI plugin.\napiVersion: v1\n')).toBe(true);
    expect(isMultusKubeconfig('apiVersion: v1\n# Kubeconfig file for Multus CNI plugin.\n')).toBe(false);
  });
});

describe('the plugins that a configuration calls', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'of a list, with their address management',
      JSON.stringify({ plugins: [bridge, portmap] }),
      ['bridge', 'host-local', 'loopback', 'portmap'],
    ],
    ['of a single one', JSON.stringify(bridge), ['bridge', 'host-local', 'loopback']],
    ['without address management', JSON.stringify({ type: 'cilium-cni' }), ['cilium-cni', 'loopback']],
    ['with odd fields', JSON.stringify({ plugins: [{ type: 7, ipam: 'dhcp' }, 'x'] }), []],
    ['of no configuration', 'nonsense', []],
  ])('%s', (_, text, names) => {
    expect(pluginsCalledBy(text)).toEqual(names);
  });
});
