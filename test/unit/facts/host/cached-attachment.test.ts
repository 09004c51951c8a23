// Promise: attachments are found in every form that libcni has written them in, and nothing else is taken for one.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cachedDhcpAttachment } from '../../../../src/facts/host/cached-attachment.ts';

const netns = '/var/run/netns/cni-1';
const plugin = { cniVersion: '1.0.0', name: 'lan', type: 'macvlan', master: 'eth0', ipam: { type: 'dhcp' } };
const result = {
  cniVersion: '1.0.0',
  interfaces: [
    { name: 'lan0' },
    { name: 'eth0', sandbox: '/var/run/netns/other' },
    { name: 'net1', sandbox: netns },
  ],
  ips: [{ address: '10.99.0.23/24', gateway: '10.99.0.1', interface: 2 }],
};

function base64(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
}

/** As libcni 0.8 writes it; later ones add to that. */
const file = {
  kind: 'cniCacheV1',
  containerId: 'c0ffee',
  config: base64(plugin),
  ifName: 'net1',
  networkName: 'lan',
  cniArgs: [
    ['IgnoreUnknown', '1'],
    ['K8S_POD_NAMESPACE', 'default'],
    ['K8S_POD_NAME', 'web-0'],
  ],
  result,
};

function read(more: object = {}) {
  return cachedDhcpAttachment(JSON.stringify({ ...file, ...more }));
}

describe('a cached attachment', () => {
  it('of libcni 0.8 to 1.1 has its namespace from the result', () => {
    expect(read()).toEqual({
      container: 'c0ffee',
      network: 'lan',
      interfaceName: 'net1',
      netns,
      pod: 'default/web-0',
      cniArgs: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0',
      pluginConfig: plugin,
      daemonSocket: '/run/cni/dhcp.sock',
      result,
      addresses: ['10.99.0.23'],
    });
  });

  it('of libcni 1.2 and later says it itself', () => {
    expect(read({ netns: '/run/netns/own' })).toMatchObject({ netns: '/run/netns/own' });
  });

  it('of a list has the plugin of it that asks, by the name and version of the list', () => {
    const plugins = [{ type: 'macvlan', ipam: { type: 'dhcp' } }, { type: 'tuning' }];
    const config = base64({ cniVersion: '0.3.1', name: 'chain', plugins });
    expect(read({ config })).toMatchObject({
      network: 'chain',
      pluginConfig: { type: 'macvlan', name: 'chain', cniVersion: '0.3.1', ipam: { type: 'dhcp' } },
    });
  });

  it('of a configuration without a name has that of the file', () => {
    const config = base64({ ...plugin, name: undefined });
    expect(read({ config })).toMatchObject({ network: 'lan', pluginConfig: { name: 'lan' } });
  });

  it.each([
    ['0.2.0', { ip4: { ip: '10.99.0.9/24' } }, ['10.99.0.9']],
    ['0.3.1', { ips: [{ version: '4', address: '10.99.0.8/24' }] }, ['10.99.0.8']],
    [
      '1.1.0, of two families',
      { ips: [{ address: 'fd00::1/64' }, { address: '10.99.0.7/24' }] },
      ['10.99.0.7'],
    ],
    ['no version, without any', {}, []],
  ])('with a result of %s has its addresses', (_version, more, addresses) => {
    const sandboxes = { interfaces: result.interfaces };
    expect(read({ result: { ...sandboxes, ...more } })).toMatchObject({ addresses });
  });

  it('knows where its plugin looks for the daemon', () => {
    const config = base64({ ...plugin, ipam: { type: 'dhcp', daemonSocketPath: '/run/other.sock' } });
    expect(read({ config })).toMatchObject({ daemonSocket: '/run/other.sock' });
  });

  it('without arguments has none', () => {
    expect(read({ cniArgs: undefined })).toMatchObject({ cniArgs: '', pod: undefined });
  });
});

describe('no attachment by DHCP is', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['a text', 'garbage'],
    ['a list', '[]'],
    ['a result alone, as libcni 0.7 wrote it', JSON.stringify(result)],
    [
      'one of host-local',
      JSON.stringify({ ...file, config: base64({ ...plugin, ipam: { type: 'host-local' } }) }),
    ],
    ['one without a container', JSON.stringify({ ...file, containerId: '' })],
    ['one without a namespace', JSON.stringify({ ...file, result: { interfaces: [{ name: 'net1' }] } })],
    ['one with a configuration that is no JSON', JSON.stringify({ ...file, config: base64('{') })],
    ['one with a configuration that is no base64', JSON.stringify({ ...file, config: '%%%' })],
    [
      'one with plugins that are no list',
      JSON.stringify({ ...file, config: base64({ ...plugin, plugins: 1 }) }),
    ],
  ])('%s', (_what, text) => {
    expect(cachedDhcpAttachment(text)).toBeUndefined();
  });

  it('anything that JSON can be, and it is no error', () => {
    const anything = fc.jsonValue();
    fc.assert(
      fc.property(
        fc.record(
          { config: anything, result: anything, cniArgs: anything, netns: anything },
          { requiredKeys: [] },
        ),
        fc.jsonValue(),
        (parts, config) => {
          expect(() => cachedDhcpAttachment(JSON.stringify({ ...file, ...parts }))).not.toThrow();
          expect(() => read({ config: base64(config) })).not.toThrow();
        },
      ),
    );
  });
});
