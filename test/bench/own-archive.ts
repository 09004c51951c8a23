// An install of what the catalog does not know, and its operator vouches for.

import { specOf } from '../../src/arguments/options.ts';
import { checked, pluginsIn } from './installs.ts';
import { freshBinDir, installer, type Scene, shell } from './scene.ts';
import type { Work } from './works.ts';

/** Without a word about plugins. */
const installedByDefault = new Set(specOf('plugins').default?.split(','));

/** Over HTTPS, by the digest that the operator gave: it is read to its end, for nobody else knows what is in it. */
export function ownArchive(scene: Scene, which: 'defaults' | 'all', target: number): Work {
  const there = pluginsIn(scene);
  const plugins = which === 'all' ? there : there.filter((name) => installedByDefault.has(name));
  const title = `install of ${plugins.length} plugins over HTTPS, vouched for by the operator`;
  const key = `own-archive-${which}`;
  const wish = { from: 'https', plugins, archive: scene.ownArchive } as const;
  return {
    figures: [
      { key, title, measure: 'cpuRatio', target },
      { key: `${key}-memory`, title: `${title}, peak memory`, measure: 'rssMiB', target: 60 },
    ],
    ours: (meter) => {
      const binDir = freshBinDir(scene, 'ours');
      return checked(meter(installer(scene, binDir, wish)), binDir, plugins);
    },
    yardstick: (meter) => {
      const binDir = freshBinDir(scene, 'shell');
      return checked(meter(shell(scene, binDir, wish)), binDir, plugins);
    },
  };
}
