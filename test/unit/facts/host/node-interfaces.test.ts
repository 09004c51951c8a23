// Promises of what a watch tells of a node's interfaces: those that networks can stand on, and nothing where none are seen.

import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeInterfaces } from '../../../../src/facts/host/host-network.ts';

function dev(...names: readonly string[]): string {
  const row = (name: string): string => `${name.padStart(12)}: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
  return `Inter-|   Receive\n face |bytes\n${names.map(row).join('')}`;
}

it('are those of the host, without the ends of its pods', () => {
  using proc = mkdtempDisposableSync(join(tmpdir(), 'proc-'));
  mkdirSync(join(proc.path, '1/net'), { recursive: true });
  const kept = ['lo', 'eth0', 'eth1.100', 'bond0', 'cni0', 'vethernet', 'gke'];
  const dropped = ['veth1a2b3c4d', 'cali0123456789a', 'lxc0a1b2c3d4e5f'];
  writeFileSync(join(proc.path, '1/net/dev'), dev(...kept, ...dropped));

  expect(nodeInterfaces(proc.path)).toEqual(kept);
});

it('are not claimed where they cannot be seen', () => {
  expect(nodeInterfaces('/nowhere')).toBeUndefined();
});
