// Checks of the plugins as a set: as they were placed, of one release, without extra rights, with nothing left beside them. Pure.

import type { NodeFacts } from '../../facts/node-facts.ts';
import { type Check, type Checks, finding, listed, noneOf, ok, whereSeen } from '../check.ts';
import type { PluginId } from '../ids.ts';
import { versionSaid } from './plugin-words.ts';
import { filesOf, repair, wherePlugins } from './plugin-files.ts';
import { asAudited } from './recorded.ts';

const setuid: Check = {
  severity: 'warning',
  means: 'a plugin runs with the rights of its owner, which nobody asked for with --mode',
  judge: (facts) =>
    wherePlugins(facts, (plugins) => {
      const granted = facts.record.seen ? facts.record.value.plugins : new Map<string, { mode: number }>();
      const extra = filesOf(plugins).filter(
        ({ plugin, file }) => (file.mode & 0o6000 & ~(granted.get(plugin.name)?.mode ?? 0)) !== 0,
      );
      return noneOf(extra, (found) => ({
        message: `${listed(found.map(({ plugin }) => plugin.name))} is setuid or setgid: mode ${found[0].file.mode.toString(8)}`,
        remedy: `\`chmod 0755 ${binDirPath(facts)}/${found[0].plugin.name}\` on the host; where that is wanted, --mode says so`,
      }));
    }),
};

function binDirPath({ binDir }: NodeFacts): string {
  return binDir.hostPath.seen ? binDir.hostPath.value : binDir.path;
}

const mixed: Check = {
  severity: 'warning',
  means: 'plugins of the recorded set say that they are of different releases',
  judge: (facts) =>
    whereSeen(facts.record, ({ plugins: recorded, kept, findings }) =>
      wherePlugins(facts, (plugins) => {
        const said = filesOf(plugins)
          .filter(({ plugin }) => recorded.has(plugin.name) && !kept.has(plugin.name))
          .flatMap(({ plugin }) => {
            const version = versionSaid(plugin);
            return version === undefined ? [] : [{ name: plugin.name, version }];
          });
        const versions = [...new Set(said.map(({ version }) => version))].toSorted();
        if (versions.length < 2) return ok;
        return finding({
          message: `the plugins of the set are of ${versions.join(' and ')}`,
          remedy:
            'install one release with --cni-version; the archive that was installed has plugins of several',
          because: findings.some(({ code }) => code === 'plugin-foreign')
            ? 'plugin-foreign'
            : 'plugin-changed',
          evidence: said.map(({ name, version }) => `${name}: ${version}`),
        });
      }),
    ),
};

const leftovers = /\.(old|tmp|temp\d*|temp-?\w{6,12})$|\.cni-plugins-temp/;

const staleTemp: Check = {
  severity: 'note',
  means: 'another installer left something half done in the bin dir',
  judge: ({ binDir }) =>
    whereSeen(binDir.names, (names) =>
      noneOf(
        names.filter((name) => leftovers.test(name)),
        (found) => ({
          message: `the bin dir has leftovers of other installers: ${listed(found)}`,
          remedy: `see that no installer is at work, then \`rm ${found.map((name) => `${binDir.hostPath.seen ? binDir.hostPath.value : binDir.path}/${name}`).join(' ')}\` on the host`,
        }),
      ),
    ),
};

export const pluginSetChecks: Checks<
  Extract<
    PluginId,
    `plugin-${'changed' | 'foreign' | 'mode-changed' | 'setuid' | 'mixed-releases'}` | 'stale-temp'
  >
> = {
  'plugin-changed': asAudited('plugin-changed', {
    severity: 'warning',
    means: 'a plugin of ours works, but has other bytes than were placed',
    because: 'plugin-dangling-link',
    remedy: repair,
  }),
  'plugin-foreign': asAudited('plugin-foreign', {
    severity: 'warning',
    means: 'a plugin of the recorded set was placed by somebody else',
    remedy: 'run `cni-plugins-installer install` to take it over, or leave it out with --skip',
  }),
  'plugin-mode-changed': asAudited('plugin-mode-changed', {
    severity: 'warning',
    means: 'a plugin of ours has other permission bits than it was given',
    because: 'plugin-setuid',
    remedy: repair,
  }),
  'plugin-setuid': setuid,
  'plugin-mixed-releases': mixed,
  'stale-temp': staleTemp,
};
