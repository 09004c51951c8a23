// Promise: the daemon is asked for the leases of living attachments of its own, by CHECK, once each.

import { describe, expect, it } from 'vitest';
import { candidatesIn, checkCall, type NetnsSight } from '../../../../src/dhcp/adopt/adoption.ts';
import { adoptionBy } from '../../../../src/dhcp/adopt/check.ts';
import type { CachedAttachment } from '../../../../src/facts/host/cached-attachment.ts';
import type { CommandEnd } from '../../../../src/lib/command.ts';

const socket = '/host/run/cni/dhcp.sock';

function attachment(more: Partial<CachedAttachment> = {}): CachedAttachment {
  return {
    container: 'c1',
    network: 'lan',
    interfaceName: 'net1',
    netns: '/var/run/netns/n1',
    pod: 'default/web-0',
    cniArgs: 'K8S_POD_NAME=web-0',
    pluginConfig: { cniVersion: '1.0.0', name: 'lan', type: 'macvlan', ipam: { type: 'dhcp', priority: 7 } },
    daemonSocket: '/run/cni/dhcp.sock',
    result: { cniVersion: '1.0.0', ips: [] },
    addresses: ['10.99.0.23'],
    ...more,
  };
}

describe('candidates', () => {
  const sights: Readonly<Record<string, NetnsSight>> = { n1: 'live', n2: 'gone', n3: 'unmounted' };
  const sightOf = (path: string): NetnsSight => sights[path] ?? 'gone';
  const named = (netns: string, more: Partial<CachedAttachment> = {}) =>
    attachment({ container: netns, netns, ...more });

  it('live: those that are gone are not, and those that do not come through are told apart', () => {
    const [live, gone, hidden] = [named('n1'), named('n2'), named('n3')];
    expect(candidatesIn([live, gone, hidden], socket, sightOf)).toEqual({ live: [live], hidden: [hidden] });
  });

  it('are one for each client, though both caches have it', () => {
    const twice = [named('n1'), named('n1'), named('n1', { interfaceName: 'net2' })];
    expect(candidatesIn(twice, socket, sightOf).live).toHaveLength(2);
  });

  it.each([
    ['/run/cni/dhcp.sock', 1],
    ['/var/run/cni/dhcp.sock', 1],
    ['/run/cni/other.sock', 0],
  ])('ask at the socket of this daemon: %s', (daemonSocket, count) => {
    expect(candidatesIn([named('n1', { daemonSocket })], socket, sightOf).live).toHaveLength(count);
  });
});

describe('the call', () => {
  const { env, stdin } = checkCall(attachment(), '/host/opt/cni/bin', '/host/run/cni/relay');

  it('is CHECK, never ADD, with what the runtime gave', () => {
    expect(env).toEqual({
      CNI_COMMAND: 'CHECK',
      CNI_CONTAINERID: 'c1',
      CNI_NETNS: '/var/run/netns/n1',
      CNI_IFNAME: 'net1',
      CNI_PATH: '/host/opt/cni/bin',
      CNI_ARGS: 'K8S_POD_NAME=web-0',
    });
  });

  it('has the cached configuration and result, and leads to where the daemon is from here', () => {
    expect(JSON.parse(stdin)).toEqual({
      cniVersion: '1.0.0',
      name: 'lan',
      type: 'macvlan',
      ipam: { type: 'dhcp', priority: 7, daemonSocketPath: '/host/run/cni/relay' },
      prevResult: { cniVersion: '1.0.0', ips: [] },
    });
  });

  it.each([
    ['', '0.4.0'],
    ['0.2.0', '0.4.0'],
    ['0.3.1', '0.4.0'],
    ['0.4.0', '0.4.0'],
    ['1.1.0', '1.1.0'],
  ])('of a configuration of "%s" is one of %s, which has CHECK', (cniVersion, asked) => {
    const call = checkCall(attachment({ pluginConfig: { cniVersion, ipam: {} } }), '/bin', socket);
    expect(JSON.parse(call.stdin)).toMatchObject({ cniVersion: asked });
  });
});

describe('what comes of it', () => {
  const exited = (exitCode: number, stdout = ''): CommandEnd => ({
    how: 'exited',
    exitCode,
    stdout,
    stderr: '',
  });
  const had = ['10.99.0.23'];

  it.each<[string, Parameters<typeof adoptionBy>, string]>([
    ['the same address', [exited(0), '10.99.0.23', had], 'same'],
    ['another one', [exited(0), '10.99.0.24', had], 'moved'],
    ['one that is not seen', [exited(0), undefined, had], 'unknown'],
    ['one, where nobody knows what it had', [exited(0), '10.99.0.24', []], 'unknown'],
    ['a refusal', [exited(1, '{"code":999,"msg":"no more tries"}'), undefined, had], 'failed'],
  ])('%s', (_what, seen, expected) => {
    expect(adoptionBy(...seen).result).toBe(expected);
  });

  it.each<[CommandEnd, string]>([
    [exited(1, '{"code":999,"msg":"no more tries"}'), 'no more tries'],
    [exited(1, '{"code":7,"msg":"bad","details":"name"}'), 'bad: name'],
    [exited(2, 'panic'), 'it ended with status 2'],
    [{ how: 'killed', by: 'SIGSEGV', stdout: '', stderr: '' }, 'it was ended by SIGSEGV'],
    [{ how: 'timed-out', afterMs: 240_000, stdout: '', stderr: '' }, 'it had no answer after 240 s'],
    [{ how: 'not-started', errno: 'ENOENT' }, 'it could not be started (ENOENT)'],
  ])('fails with words: %o', (end, because) => {
    expect(adoptionBy(end, undefined, had)).toMatchObject({ result: 'failed', because });
  });
});
