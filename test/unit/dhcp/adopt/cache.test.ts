// Promise: what runtimes remember is read whatever lies beside it, and namespaces are told from their names.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cachedAttachments, netnsSightOf } from '../../../../src/dhcp/adopt/cache.ts';

const directory = mkdtempSync(join(tmpdir(), 'cni-cache-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function cached(container: string): string {
  const config = { name: 'lan', cniVersion: '1.0.0', type: 'macvlan', ipam: { type: 'dhcp' } };
  return JSON.stringify({
    kind: 'cniCacheV1',
    containerId: container,
    config: Buffer.from(JSON.stringify(config)).toString('base64'),
    ifName: 'net1',
    netns: '/run/netns/n',
  });
}

describe('what is remembered', () => {
  it("is read of the runtime and of Multus, and nothing is said of what is no attachment's", () => {
    const [runtime, multus] = [join(directory, 'results'), join(directory, 'multus/results')];
    for (const one of [runtime, multus, join(runtime, 'directory')]) mkdirSync(one, { recursive: true });
    writeFileSync(join(runtime, 'lan-a-net1'), cached('a'));
    writeFileSync(join(multus, 'lan-b-net1'), cached('b'));
    writeFileSync(join(multus, 'half'), cached('c').slice(0, -9));
    writeFileSync(join(multus, 'large'), `${cached('d')}${' '.repeat(1024 * 1024)}`);
    symlinkSync('/etc/shadow', join(multus, 'link'));

    expect(cachedAttachments(directory).map(({ container }) => container)).toEqual(['a', 'b']);
  });

  it('is nothing where there is no such directory', () => {
    expect(cachedAttachments(join(directory, 'nowhere'))).toEqual([]);
  });
});

describe('a network namespace', () => {
  const name = join(directory, 'name');
  writeFileSync(name, '');

  it.each([
    ['live', '/proc/self/ns/net'],
    ['unmounted', name],
    ['gone', join(directory, 'no-such-name')],
    ['unmounted', join(directory, 'no-such-directory/name')],
    ['gone', '/proc/4194305/ns/net'],
  ])('is %s at %s', (sight, path) => {
    expect(netnsSightOf(path)).toBe(sight);
  });
});
