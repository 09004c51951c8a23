// Ledgers, generations and observations for tests, whole unless a test says otherwise.

import type { ObservedFile } from '../../../src/node/plugins/inventory.ts';
import type { Generation, Ledger, StoredPlugin } from '../../../src/node/state/ledger.ts';

/** A digest that is told apart by its one letter. */
export function digestOf(letter: string): string {
  return letter.repeat(64);
}

export function storedPlugin(letter: string): StoredPlugin {
  return { sha256: digestOf(letter), size: 5000, mode: 0o755 };
}

export function generation(facts: Partial<Generation> = {}): Generation {
  return {
    number: 1,
    version: 'v1.9.1',
    platform: 'linux/amd64',
    archive: { sha256: digestOf('f'), basis: 'given', origin: '/archives/plugins.tgz' },
    offered: ['bridge', 'macvlan'],
    plugins: { bridge: storedPlugin('a'), macvlan: storedPlugin('b') },
    kept: {},
    ...facts,
  };
}

export function ledger(facts: Partial<Ledger> = {}): Ledger {
  return {
    schema: 1,
    generation: generation(),
    originals: { bridge: 'nothing', macvlan: 'displaced' },
    ...facts,
  };
}

export function observedFile(letter: string, facts: Partial<ObservedFile> = {}): ObservedFile {
  return {
    kind: 'file',
    sha256: digestOf(letter),
    size: 5000,
    mode: 0o755,
    elf: { kind: 'elf', arch: 'amd64', isStatic: true, endBytes: 5000 },
    ...facts,
  };
}
