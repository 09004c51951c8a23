// Checks of the plugins that somebody wants here: there, whole, of this machine, running. Each has one defect at most. Pure.

import type { NodeFacts, WantedPlugin } from '../../facts/node-facts.ts';
import { nameOfWanter } from '../../facts/wanted.ts';
import type { FailureCode } from '../../failure/codes.ts';
import { isUpstreamPlugin, shipperOf } from '../../release/advice/shippers.ts';
import { type Check, type Checks, listed, noneOf, ok, skipped } from '../check.ts';
import type { CheckId, PluginId } from '../ids.ts';
import { type PluginFileSight, filesOf, repair, wherePlugins } from './plugin-files.ts';
import { pluginSetChecks } from './plugin-set.ts';

function evidenceOf({ name, by }: WantedPlugin): string {
  return `${name}: wanted by ${listed(by.map(nameOfWanter))}`;
}

/** A NAD alone that wants it is the business of `nad-plugin-absent`. */
function isWantedHere({ by }: WantedPlugin): boolean {
  return by.some(({ who }) => who !== 'nad');
}

const absentPlugin: Check = {
  severity: 'error',
  means: 'a plugin that our record, a configuration of this node or its runtime wants is not there',
  judge: (facts) =>
    wherePlugins(facts, (plugins) => {
      const missing = plugins
        .filter(isWantedHere)
        .filter(({ sight }) => sight.seen && sight.value.kind === 'absent');
      return noneOf(missing, (found) => ({
        message: `${listed(found.map(({ name }) => name))} ${found.length === 1 ? 'is' : 'are'} not in ${binDirOf(facts)}`,
        remedy: remedyForAbsent(found, facts),
        because: 'bin-dir-detached',
        subjects: found.map(({ name }) => name),
        evidence: found.map(evidenceOf),
      }));
    }),
};

function binDirOf({ binDir }: NodeFacts): string {
  return binDir.hostPath.seen ? `${binDir.hostPath.value} of the host` : binDir.path;
}

/** What was recorded comes back by itself; what upstream has can be added; anything else is another project's. */
export function remedyForAbsent(missing: readonly WantedPlugin[], facts: NodeFacts): string {
  const recorded = facts.record.seen ? facts.record.value.plugins : new Map<string, unknown>();
  const strangers = missing.filter(({ name }) => !recorded.has(name) && !isUpstreamPlugin(name));
  if (strangers.length > 0) {
    return strangers.map(({ name }) => `${name} ${shipperOf(name)}`).join('; ');
  }
  const further = missing.filter(({ name }) => !recorded.has(name)).map(({ name }) => name);
  if (further.length === 0) {
    return '`cni-plugins-installer install`: it repairs from the store of the node; in a cluster restart our pod here';
  }
  const all = [...new Set([...recorded.keys(), ...further])].toSorted();
  return `\`cni-plugins-installer install --plugins ${all.join(',')}\`; with our chart \`cniPlugins.plugins\``;
}

/** By what the proof said: each failure is one defect. */
const defectOf: Readonly<Partial<Record<FailureCode, CheckId>>> = {
  'plugin-other-architecture': 'plugin-wrong-architecture',
  'plugin-truncated': 'plugin-truncated',
  'bin-dir-noexec': 'bin-dir-noexec',
};

function defect({ runs }: PluginFileSight): CheckId | undefined {
  if (!runs.seen || runs.value.works) return undefined;
  const { code, needsInterpreter } = runs.value;
  if (code === 'plugin-not-started' && needsInterpreter) return 'plugin-interpreter-missing';
  return defectOf[code] ?? 'plugin-broken';
}

function whyItFails({ runs }: PluginFileSight): string {
  return runs.seen && !runs.value.works ? runs.value.because : '';
}

/** Plugins whose proof failed in one way. */
function failing(id: PluginId, means: string, say: string): Check {
  return {
    severity: 'error',
    means,
    judge: (facts) =>
      wherePlugins(facts, (plugins) => {
        const found = filesOf(plugins).filter(({ file }) => defect(file) === id);
        return noneOf(found, (broken) => ({
          message: `${listed(broken.map(({ plugin }) => plugin.name))} ${say}`,
          remedy: repair,
          subjects: broken.map(({ plugin }) => plugin.name),
          evidence: broken.map(({ file }) => whyItFails(file)),
        }));
      }),
  };
}

const lacksInterpreter = failing(
  'plugin-interpreter-missing',
  'a plugin needs a program interpreter that the node does not have',
  'needs a program interpreter that is not there',
);

/** What our own image can load, the node need not. */
const interpreterMissing: Check = {
  ...lacksInterpreter,
  judge: (facts) => {
    const verdict = lacksInterpreter.judge(facts);
    if (verdict.result !== 'ok') return verdict;
    const unknown = filesOf(facts.plugins).flatMap(({ plugin: { name }, file: { runs } }) =>
      runs.seen && runs.value.works && runs.value.onlyHere !== undefined
        ? [{ name, ...runs.value.onlyHere }]
        : [],
    );
    const [first] = unknown;
    if (first === undefined) return ok;
    const names = unknown.map(({ name, loader }) => `${name} (${loader})`);
    return skipped(
      `${listed(names)} ran with the loader and libraries of this container; whether the node has them could not be seen: ${first.because}`,
    );
  },
};

const pluginBroken: Check = {
  severity: 'error',
  means: 'a plugin is there, and does not work: it crashes, hangs, fails, or something else has its name',
  judge: (facts) =>
    wherePlugins(facts, (plugins) => {
      const failed = filesOf(plugins)
        .filter(({ file }) => defect(file) === 'plugin-broken')
        .map(({ plugin, file }) => ({ name: plugin.name, why: whyItFails(file) }));
      const taken = plugins
        .filter(({ sight }) => sight.seen && sight.value.kind === 'taken')
        .map(({ name }) => ({ name, why: `what is at ${name} is not a file` }));
      return noneOf([...failed, ...taken], (found) => ({
        message: `${listed(found.map(({ name }) => name))} does not work on this node: ${found[0].why}`,
        remedy: taken.length > 0 ? 'move it out of the way and run `cni-plugins-installer install`' : repair,
        because: 'bin-dir-noexec',
        subjects: found.map(({ name }) => name),
        evidence: found.map(({ why }) => why),
      }));
    }),
};

const notExecutable: Check = {
  severity: 'error',
  means: 'a plugin has lost its execute bit',
  judge: (facts) =>
    wherePlugins(facts, (plugins) =>
      noneOf(
        filesOf(plugins).filter(({ file }) => (file.mode & 0o111) === 0),
        (found) => ({
          message: `${listed(found.map(({ plugin }) => plugin.name))} may not be executed: mode ${found[0].file.mode.toString(8)}`,
          remedy: repair,
          subjects: found.map(({ plugin }) => plugin.name),
        }),
      ),
    ),
};

const dangling: Check = {
  severity: 'error',
  means: 'a plugin is a link whose target is not to be seen from here',
  judge: (facts) =>
    wherePlugins(facts, (plugins) => {
      const found = plugins.flatMap(({ name, sight }) =>
        sight.seen &&
        sight.value.kind === 'dangling' &&
        !(sight.value.onHost.seen && sight.value.onHost.value)
          ? [{ name, target: sight.value.target }]
          : [],
      );
      return noneOf(found, (links) => ({
        message: `${listed(links.map(({ name }) => name))} is a link to ${links[0].target}, which is not there`,
        subjects: links.map(({ name }) => name),
        remedy:
          'with k3s and RKE2, whose links lead to a program of theirs, `distribution=k3s` of our chart; else remove the link and run `cni-plugins-installer install`',
      }));
    }),
};

export const pluginChecks: Checks<PluginId> = {
  'plugin-absent': absentPlugin,
  'plugin-broken': pluginBroken,
  'plugin-not-executable': notExecutable,
  'plugin-wrong-architecture': failing(
    'plugin-wrong-architecture',
    'a plugin is built for another architecture than this machine',
    'is built for another architecture than this machine',
  ),
  'plugin-truncated': failing('plugin-truncated', 'a plugin is cut short', 'is cut short'),
  'plugin-interpreter-missing': interpreterMissing,
  'plugin-dangling-link': dangling,
  ...pluginSetChecks,
};
