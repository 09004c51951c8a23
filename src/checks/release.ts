// Checks of the versions that meet on the node: the advice of the catalog, as checks. Pure.

import type { NodeView } from '../cluster/objects.ts';
import type { NodeFacts, WantedPlugin } from '../facts/node-facts.ts';
import { adviceFor, type AdviceCode, type PluginDemand, type Situation } from '../release/advice/advice.ts';
import { specOfLibcni } from '../release/advice/spec-versions.ts';
import {
  type Check,
  type CheckEnd,
  type Checks,
  listed,
  noneOf,
  moot,
  type Severity,
  skipped,
} from './check.ts';
import type { ReleaseId, SpecId } from './ids.ts';
import { usesNftables } from './node/kernel.ts';
import { specsOf, versionSaid } from './node/plugin-words.ts';

/** What the node's facts say of versions. */
export function situationOf(facts: NodeFacts): Situation {
  const own = ownNode(facts);
  const loopback = facts.plugins.find(({ name }) => name === 'loopback');
  const isConfigured = facts.conf.seen && facts.conf.value.files.length > 0;
  return {
    kubernetes: own?.kubelet,
    runtime: own?.runtime ?? runtimeByProgram(facts),
    runtimeSpec: specByProgram(facts),
    primary: primaryOf(facts),
    release: facts.record.seen ? facts.record.value.release : undefined,
    loopback: loopback === undefined ? undefined : versionSaid(loopback),
    usesNftables: isConfigured || facts.cluster.seen ? usesNftables(facts) : undefined,
    plugins: facts.plugins.flatMap(demandsOf),
  };
}

function ownNode({ cluster, node }: NodeFacts): NodeView | undefined {
  const nodes = cluster.seen ? cluster.value.nodes : [];
  return nodes.length === 1 && node === undefined ? nodes[0] : nodes.find(({ name }) => name === node);
}

function runtimeByProgram({ host }: NodeFacts): string | undefined {
  if (!host.seen || !host.value.runtime.seen) return undefined;
  const { name, version } = host.value.runtime.value;
  return version.seen ? `${name}://${version.value}` : undefined;
}

function specByProgram({ host }: NodeFacts): Situation['runtimeSpec'] {
  if (!host.seen || !host.value.runtime.seen) return undefined;
  const { name, libcni } = host.value.runtime.value;
  const spec = libcni.seen ? specOfLibcni(libcni.value) : undefined;
  return libcni.seen && spec !== undefined
    ? { spec, of: `the program of ${name} is made with libcni ${libcni.value}` }
    : undefined;
}

function primaryOf({ conf }: NodeFacts): Situation['primary'] {
  const first = conf.seen ? conf.value.files[0] : undefined;
  if (first?.usable !== true || first.network.cniVersion === undefined) return undefined;
  return { file: first.file, asks: first.network.cniVersion };
}

function demandsOf(plugin: WantedPlugin): PluginDemand[] {
  const speaks = specsOf(plugin);
  if (speaks === undefined) return [];
  return plugin.by.flatMap((by) => {
    if ((by.who !== 'conf' && by.who !== 'nad') || by.cniVersion === undefined) return [];
    return [
      { plugin: plugin.name, by: by.who === 'conf' ? by.file : `NAD ${by.id}`, asks: by.cniVersion, speaks },
    ];
  });
}

interface Advised {
  readonly severity: Severity;
  readonly means: string;
  /** How it ends where nothing can be said; undefined where enough is known. */
  readonly lacks: (situation: Situation) => CheckEnd | undefined;
}

function advised(code: AdviceCode, { severity, means, lacks }: Advised): Check {
  return {
    severity,
    means,
    judge: (facts) => {
      const situation = situationOf(facts);
      const lacking = lacks(situation);
      if (lacking !== undefined) return lacking;
      const all = adviceFor(situation).filter((one) => one.code === code);
      return noneOf(all, (found) => ({
        message: listed(found.map(({ say }) => say)),
        remedy: found[0].remedy,
        evidence: found.map(({ evidence }) => evidence),
        severity: found[0].severity,
      }));
    },
  };
}

const noRelease = moot('nothing of ours is recorded, so no release is known');

/** That of a distribution may be built without a word of its version. */
const noRuntime = skipped(
  "the runtime's version is not known",
  'give the Node object with --nads; of many a program the capability SYS_PTRACE is enough',
);

export const specChecks: Checks<SpecId> = {
  'cni-conf-spec-unsupported': advised('runtime-spec-too-old', {
    severity: 'error',
    means: 'the configuration that the runtime takes asks for a CNI spec that the runtime does not know',
    lacks: ({ primary, runtime, runtimeSpec }) => {
      if (primary === undefined)
        return moot('there is no configuration with a `cniVersion` that the runtime could take');
      return runtimeSpec === undefined && runtime === undefined ? noRuntime : undefined;
    },
  }),
  'plugin-spec-unsupported': advised('plugin-spec-unsupported', {
    severity: 'error',
    means:
      'a configuration or a NAD asks for a CNI spec that its plugin does not speak: "incompatible CNI versions"',
    lacks: ({ plugins = [] }) =>
      plugins.length === 0 ? moot('no plugin that a configuration asks for could be run') : undefined,
  }),
};

export const releaseChecks: Checks<ReleaseId> = {
  'release-advisory': advised('release-advisory', {
    severity: 'warning',
    means: 'the release on this node has a known vulnerability',
    lacks: ({ release }) => (release === undefined ? noRelease : undefined),
  }),
  'release-behind-kubernetes': advised('behind-kubernetes', {
    severity: 'note',
    means: 'the release on this node is older than the one that this Kubernetes is tested with',
    lacks: ({ release, kubernetes }) => {
      if (release === undefined) return noRelease;
      return kubernetes === undefined ? moot('no Node object was given (--nads)') : undefined;
    },
  }),
  'loopback-too-old-for-containerd': advised('loopback-too-old-for-containerd', {
    severity: 'error',
    means: 'containerd 1.6 and later cannot work with the loopback plugin of this node',
    lacks: ({ runtime, loopback, release }) => {
      if (runtime === undefined) return noRuntime;
      return loopback === undefined && release === undefined
        ? moot('no loopback that tells its version')
        : undefined;
    },
  }),
  'containerd-1.6.0-1.6.3': advised('containerd-1.6.0-1.6.3', {
    severity: 'warning',
    means: 'pods may get stuck while they are taken down with these releases of containerd',
    lacks: ({ runtime }) => (runtime === undefined ? noRuntime : undefined),
  }),
  'release-unknown': advised('unknown-release', {
    severity: 'note',
    means: 'the release on this node is newer than the catalog of this installer',
    lacks: ({ release }) => (release === undefined ? noRelease : undefined),
  }),
};
