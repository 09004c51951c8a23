// What is measured: each work of ours, beside its yardstick, with the target that it has to reach.

import { execFileSync } from 'node:child_process';
import { deepEqual } from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untouchedSnapshotOf } from '../support/snapshot.ts';
import { createControlGroup, missingForControlGroups } from './control-group.ts';
import type { Measure } from './figures.ts';
import type { Command, Meter, Usage } from './measured-run.ts';
import {
  type Archive,
  archiveAt,
  bareNode,
  freshBinDir,
  installer,
  type Scene,
  shell,
  type Source,
} from './scene.ts';
import { checked, pluginsIn, unpackedArchive } from './installs.ts';
import { ownArchive } from './own-archive.ts';
import { watching } from './watching.ts';

/** One figure that a work gives. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly measure: Measure;
  readonly target: number;
}

export interface Work {
  readonly figures: readonly Figure[];
  /** Measured runs of each side at most; the slowest works get fewer. */
  readonly maxPairs?: number;
  /** What this machine lacks for it. */
  readonly missing?: string | undefined;
  /** Prepares, runs under the meter, and checks what came of it. */
  readonly ours: (meter: Meter) => Promise<Usage>;
  readonly yardstick?: (meter: Meter) => Promise<Usage>;
}

export function worksOf(scene: Scene): readonly Work[] {
  return [
    install(scene, 'archive', 0.33),
    install(scene, 'http', 0.43),
    install(scene, 'https', 0.55),
    ownArchive(scene, 'defaults', 0.55),
    ownArchive(scene, 'all', 0.6),
    nothingToDo(scene),
    limitedInstall(scene),
    largerArchive(scene),
    allPlugins(scene),
    crowdedDirectory(scene),
    watching(scene),
  ];
}

const sourceTitles: Readonly<Record<Source, string>> = {
  archive: 'install from a local archive',
  http: 'install over HTTP',
  https: 'install over HTTPS',
};

function install(scene: Scene, from: Source, target: number): Work {
  const title = sourceTitles[from];
  return {
    figures: [
      { key: `install-${from}`, title, measure: 'cpuRatio', target },
      { key: `install-${from}-memory`, title: `${title}, peak memory`, measure: 'rssMiB', target: 60 },
    ],
    ours: (meter) => {
      const binDir = freshBinDir(scene, 'ours');
      return checked(
        meter(installer(scene, binDir, { from, plugins: scene.plugins })),
        binDir,
        scene.plugins,
      );
    },
    yardstick: (meter) => {
      const binDir = freshBinDir(scene, 'shell');
      return checked(meter(shell(scene, binDir, { from, plugins: scene.plugins })), binDir, scene.plugins);
    },
  };
}

/** Installs once, before the first measured run. */
function installedNode(scene: Scene, name: string): (meter: Meter) => Promise<string> {
  let installed: Promise<string> | undefined;
  const prepare = async (meter: Meter): Promise<string> => {
    const binDir = freshBinDir(scene, name);
    await meter(installer(scene, binDir, { from: 'archive', plugins: scene.plugins }));
    return binDir;
  };
  return (meter) => (installed ??= prepare(meter));
}

/** Offered over HTTP, so that a request would be seen. */
async function idleStart(scene: Scene, binDir: string, meter: Meter): Promise<Usage> {
  const before = untouchedSnapshotOf(binDir);
  const requests = scene.server.requests();
  const usage = await meter(installer(scene, binDir, { from: 'http', plugins: scene.plugins }));
  deepEqual(untouchedSnapshotOf(binDir), before, 'a start with nothing to do has written something');
  deepEqual(scene.server.requests(), requests, 'a start with nothing to do has asked the mirror');
  return usage;
}

function nothingToDo(scene: Scene): Work {
  const node = installedNode(scene, 'idle');
  const title = 'nothing to do';
  return {
    figures: [
      { key: 'nothing-to-do', title: `${title}, against node -e 0`, measure: 'cpuRatio', target: 1.8 },
      { key: 'nothing-to-do-memory', title: `${title}, peak memory`, measure: 'rssMiB', target: 50 },
    ],
    ours: async (meter) => idleStart(scene, await node(meter), meter),
    yardstick: (meter) => meter(bareNode),
  };
}

/** The limits of the documented manifest. */
const podLimits = { cpuShare: 0.1, memoryBytes: 50 * 1024 * 1024 };

function limitedInstall(scene: Scene): Work {
  const missing = missingForControlGroups();
  const within = async (meter: Meter, command: Command, binDir: string): Promise<Usage> => {
    using group = createControlGroup(podLimits);
    const limited = { ...command, words: group.within(command.words) };
    const usage = await checked(meter(limited), binDir, scene.plugins);
    if (group.oomKills() !== 0) throw new Error('a process was killed for want of memory');
    return usage;
  };
  const title = 'under 100m CPU and 50 MiB, over HTTP, wall time';
  return {
    figures: [{ key: 'limited', title, measure: 'wallRatio', target: 0.6 }],
    maxPairs: 3,
    missing,
    ours: (meter) => {
      const binDir = freshBinDir(scene, 'ours');
      return within(meter, installer(scene, binDir, { from: 'http', plugins: scene.plugins }), binDir);
    },
    yardstick: (meter) => {
      const binDir = freshBinDir(scene, 'shell');
      return within(meter, shell(scene, binDir, { from: 'http', plugins: scene.plugins }), binDir);
    },
  };
}

/** The same plugins in an archive of twice the size: what is not asked for must not cost memory. */
function largerArchive(scene: Scene): Work {
  let larger: Archive | undefined;
  const title = 'install from an archive of twice the size, peak memory';
  return {
    figures: [{ key: 'larger-archive-memory', title, measure: 'rssMiB', target: 60 }],
    maxPairs: 3,
    ours: (meter) => {
      larger ??= makeLarger(scene);
      const binDir = freshBinDir(scene, 'ours');
      const wish = { from: 'archive', plugins: scene.plugins, archive: larger } as const;
      return checked(meter(installer(scene, binDir, wish)), binDir, scene.plugins);
    },
  };
}

const doubled = `
mkdir content && tar xzf "$1" -C content
mkdir content/more && cp content/* content/more/ 2>/dev/null || true
tar -C content -c . | gzip -1 >"$2" && rm -r content
sha256sum "$2" >"$2.sha256"
`;

function makeLarger({ scratch, archive }: Scene): Archive {
  const path = join(scratch, `larger-${archive.version}.tgz`);
  execFileSync('sh', ['-ec', doubled, 'sh', archive.path, path], { cwd: scratch });
  return archiveAt(path);
}

/** Every plugin of the release against the few: the bytes written are the target, nothing may grow faster. */
function allPlugins(scene: Scene): Work {
  const few = freshBinDir(scene, 'few');
  const all = pluginsIn(scene);
  const unpacked = unpackedArchive(scene);
  const bytes = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + statSync(join(unpacked, name)).size, 0);
  const title = `install of all ${all.length} plugins against ${scene.plugins.length}, target: their bytes`;
  const target = bytes(all) / bytes(scene.plugins);
  return {
    figures: [{ key: 'all-plugins', title, measure: 'cpuRatio', target }],
    ours: (meter) => {
      const binDir = freshBinDir(scene, 'ours');
      return checked(meter(installer(scene, binDir, { from: 'archive', plugins: 'all' })), binDir, all);
    },
    yardstick: (meter) => {
      freshBinDir(scene, 'few');
      return checked(
        meter(installer(scene, few, { from: 'archive', plugins: scene.plugins })),
        few,
        scene.plugins,
      );
    },
  };
}

const strangers = 10_000;

function crowdedDirectory(scene: Scene): Work {
  const node = installedNode(scene, 'lonely');
  const crowded = installedNode(scene, 'crowded');
  let filled = false;
  const title = `nothing to do beside ${strangers} other files, against an empty bin dir`;
  return {
    figures: [{ key: 'crowded-directory', title, measure: 'cpuRatio', target: 1 }],
    ours: async (meter) => {
      const binDir = await crowded(meter);
      if (!filled) fill(binDir);
      filled = true;
      return meter(installer(scene, binDir, { from: 'http', plugins: scene.plugins }));
    },
    yardstick: async (meter) =>
      meter(installer(scene, await node(meter), { from: 'http', plugins: scene.plugins })),
  };
}

function fill(binDir: string): void {
  mkdirSync(binDir, { recursive: true });
  for (let number = 0; number < strangers; number += 1) writeFileSync(join(binDir, `stranger-${number}`), '');
}
