// Promises of the labels: NFD finds whole files only, of plugins that work, and believes none that nobody stands behind.

import { mkdtempDisposableSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LabelFile } from '../../../../src/watch/kubernetes/label-file.ts';
import type { PluginTrouble } from '../../../../src/watch/repair-policy.ts';
import type { WatchedAudit } from '../../../../src/watch/watched-node.ts';

const hour = 3_600_000;

function audited(
  troubles: Readonly<Record<string, PluginTrouble | undefined>>,
  version = 'v1.9.1',
): WatchedAudit {
  const plugins = Object.entries(troubles).map(([name, trouble]) => ({ name, trouble, because: undefined }));
  return { plugins, generation: { version } } as unknown as WatchedAudit;
}

interface Labelling extends Disposable {
  readonly labels: LabelFile;
  readonly directory: string;
  readonly lines: string[];
  readonly pass: (ms: number) => void;
  readonly text: () => string;
}

function labelling(): Labelling {
  const scratch = mkdtempDisposableSync(join(tmpdir(), 'features-'));
  const lines: string[] = [];
  const write = (message: string): void => void lines.push(message);
  let nowMs = Date.UTC(2026, 0, 1);
  const log = { debug: write, info: write, warn: write, error: write };
  return {
    labels: new LabelFile({ directory: scratch.path, lifeMs: hour }, { log, now: () => nowMs }),
    directory: scratch.path,
    lines,
    pass: (ms) => void (nowMs += ms),
    text: () => readFileSync(join(scratch.path, 'cni-plugins-installer'), 'utf8'),
    [Symbol.dispose]: () => scratch.remove(),
  };
}

it('name the plugins that work, the release, and until when that is to be believed', () => {
  using file = labelling();
  file.labels.update(audited({ portmap: undefined, macvlan: 'changed', vlan: 'absent', bridge: 'broken' }));

  expect(file.text()).toBe(`# The CNI plugins that work on this node, by cni-plugins-installer.
# +expiry-time=2026-01-01T01:00:00.000Z
cni-plugin.macvlan=true
cni-plugin.portmap=true
cni-plugins.version=v1.9.1
`);
  expect(readdirSync(file.directory)).toEqual(['cni-plugins-installer']);
});

it('are written when they change, and else only to be believed longer', () => {
  using file = labelling();
  file.labels.update(audited({ macvlan: undefined }));
  const first = file.text();
  file.pass(hour / 4);
  file.labels.update(audited({ macvlan: undefined }));
  expect(file.text()).toBe(first);

  file.pass(hour / 4);
  file.labels.update(audited({ macvlan: undefined }));
  expect(file.text()).toContain('2026-01-01T01:30:00.000Z');
  file.labels.update(audited({ macvlan: 'absent' }));
  expect(file.text()).not.toContain('macvlan');
});

it('go with the plugins, and are no trouble where there never were any', () => {
  using file = labelling();
  const nothing = { plugins: [], generation: undefined } as unknown as WatchedAudit;
  file.labels.update(nothing);
  file.labels.update(audited({ macvlan: undefined }));
  file.labels.update(nothing);

  expect([readdirSync(file.directory), file.lines]).toEqual([[], []]);
});

it('that the node does not take are told of once a minute, and written once it does', () => {
  using file = labelling();
  rmSync(file.directory, { recursive: true });
  for (let second = 0; second < 90; second += 1) {
    file.labels.update(audited({ macvlan: undefined }));
    file.pass(1000);
  }

  expect(file.lines).toHaveLength(2);
  expect(file.lines[0]).toMatch(/does not take the labels of the node: .*ENOENT/);
});
