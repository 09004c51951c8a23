// Promises of the glance: whatever is done to a plugin shows, and a directory that was made anew is another one.

import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdDirectory } from '../../../src/lib/files/held-directory.ts';
import { changedNames, type Glance, glanceAt, wasReplaced } from '../../../src/watch/glance.ts';

let parent: string;
let binDir: string;
let plugin: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'glance-'));
  binDir = join(parent, 'bin');
  plugin = join(binDir, 'macvlan');
  mkdirSync(binDir);
  writeFileSync(plugin, 'bytes');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function look(): Promise<Glance> {
  return glanceAt(binDir, ['macvlan', 'ipvlan'], join(binDir, 'ledger.json'));
}

describe('a plugin that nobody touched', () => {
  it('is as it was', async () => {
    expect(changedNames(await look(), await look())).toEqual([]);
  });

  it('counts as changed at the first look', async () => {
    expect(changedNames(undefined, await look())).toEqual([join(binDir, 'ledger.json'), 'macvlan', 'ipvlan']);
  });

  it('does not change when something else in the directory does', async () => {
    const before = await look();
    writeFileSync(join(binDir, 'calico'), 'bytes');
    expect(changedNames(before, await look())).toEqual([]);
  });
});

describe('it shows when a plugin is', () => {
  const deeds: Readonly<Record<string, () => void>> = {
    removed: () => rmSync(plugin),
    'written with bytes of the same length and its old times': () => {
      writeFileSync(plugin, 'other');
      utimesSync(plugin, 0, 0);
    },
    'appended to': () => appendFileSync(plugin, 'x'),
    'without its execute bit': () => chmodSync(plugin, 0o600),
    'replaced by rename': () => {
      writeFileSync(join(parent, 'new'), 'bytes');
      renameSync(join(parent, 'new'), plugin);
    },
    'a link now': () => {
      rmSync(plugin);
      symlinkSync('elsewhere', plugin);
    },
    'a directory now': () => {
      rmSync(plugin);
      mkdirSync(plugin);
    },
  };

  it.each(Object.keys(deeds))('%s', async (deed) => {
    const before = await look();
    deeds[deed]?.();
    expect(changedNames(before, await look())).toEqual(['macvlan']);
  });
});

it('shows that there is another ledger', async () => {
  const before = await look();
  writeFileSync(join(binDir, 'ledger.json'), '{}');
  expect(changedNames(before, await look())).toEqual([join(binDir, 'ledger.json')]);
});

describe('the directory', () => {
  it('is the same as long as nobody makes it anew', async () => {
    const first = await look();
    rmSync(plugin);
    expect(wasReplaced(first, await look())).toBe(false);
  });

  it('is another one when it was removed and made anew, however often, as long as the first is held', async () => {
    using _held = holdDirectory(binDir);
    const first = await look();
    for (let time = 0; time < 20; time += 1) {
      rmSync(binDir, { recursive: true });
      mkdirSync(binDir);
      expect(wasReplaced(first, await look())).toBe(true);
    }
  });

  it('is another one when it was moved away and another was made', async () => {
    const first = await look();
    renameSync(binDir, join(parent, 'old'));
    mkdirSync(binDir);
    expect(wasReplaced(first, await look())).toBe(true);
  });

  it('is gone when it was removed', async () => {
    const first = await look();
    rmSync(binDir, { recursive: true });
    const now = await look();
    expect([now.directory, wasReplaced(first, now)]).toEqual([undefined, true]);
  });
});
