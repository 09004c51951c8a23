// What is to be said of the versions that meet on a node: one pure function, for whoever knows some of them.

import { advisoriesOf, knownVersions, newestVersion } from '../catalog.ts';
import { containerRuntime, versionForKubernetes } from '../compatibility.ts';
import { compareVersions, parseVersion } from '../version.ts';

/** What is known; nothing is said of what is not. */
export interface Situation {
  /** `v1.34.4`, of the kubelet. */
  readonly kubernetes?: string | undefined;
  /** `containerd://1.7.24`. */
  readonly runtime?: string | undefined;
  /** The newest CNI spec that the runtime reads, and by what that is known; else the catalog's. */
  readonly runtimeSpec?: { readonly spec: string; readonly of: string } | undefined;
  /** The spec that the configuration which the runtime takes asks for. */
  readonly primary?: { readonly file: string; readonly asks: string } | undefined;
  /** Of the plugins, `v1.9.1`. */
  readonly release?: string | undefined;
  /** As `loopback` says of itself, which may be of another release. */
  readonly loopback?: string | undefined;
  /** A configuration uses the nftables backend; undefined where none was seen. */
  readonly usesNftables?: boolean | undefined;
  readonly plugins?: readonly PluginDemand[] | undefined;
}

/** A configuration or a NAD that runs a plugin in a version of the CNI spec. */
export interface PluginDemand {
  readonly plugin: string;
  /** `10-test.conflist`, `NAD default/net`. */
  readonly by: string;
  readonly asks: string;
  readonly speaks: readonly string[];
}

export type AdviceCode =
  | 'plugin-spec-unsupported'
  | 'runtime-spec-too-old'
  | 'loopback-too-old-for-containerd'
  | 'containerd-1.6.0-1.6.3'
  | 'release-advisory'
  | 'behind-kubernetes'
  | 'ahead-of-tested'
  | 'unknown-release';

export interface Advice {
  readonly code: AdviceCode;
  readonly severity: 'error' | 'warning' | 'note';
  /** One sentence, lower case at the start, no full stop. */
  readonly say: string;
  /** What to do, in the same form. */
  readonly remedy: string;
  /** The release to take; undefined: stay. */
  readonly take: string | undefined;
  readonly evidence: string;
}

/** Worst first. What is built in is all it knows: it asks nobody. */
export function adviceFor(situation: Situation): readonly Advice[] {
  return [
    ...pluginSpecs(situation),
    ...runtimeSpec(situation),
    ...loopback(situation),
    ...earlyContainerd(situation),
    ...releaseAdvisories(situation),
    ...againstKubernetes(situation),
    ...unknownRelease(situation),
  ];
}

function pluginSpecs({ plugins = [] }: Situation): Advice[] {
  return plugins
    .filter(({ asks, speaks }) => !speaks.includes(asks))
    .map(({ plugin, by, asks, speaks }) => ({
      code: 'plugin-spec-unsupported',
      severity: 'error',
      say: `${by} asks for CNI spec ${asks}, which ${plugin} does not speak`,
      remedy: `set "cniVersion": "${speaks.at(-1) ?? ''}" there, or take a release whose ${plugin} speaks it`,
      take: undefined,
      evidence: `${plugin} says that it speaks ${speaks.join(', ')}`,
    }));
}

function runtimeSpec(situation: Situation): Advice[] {
  const { primary } = situation;
  const known = situation.runtimeSpec ?? specOfCatalog(situation.runtime);
  if (primary === undefined || known === undefined || compareVersions(primary.asks, known.spec) <= 0)
    return [];
  return [
    {
      code: 'runtime-spec-too-old',
      severity: 'error',
      say: `${primary.file} asks for CNI spec ${primary.asks}, and the runtime knows up to ${known.spec}`,
      remedy: `set "cniVersion": "${known.spec}" in ${primary.file}, or take a newer runtime`,
      take: undefined,
      evidence: known.of,
    },
  ];
}

function specOfCatalog(runtime: string | undefined): Situation['runtimeSpec'] {
  const known = runtime === undefined ? undefined : containerRuntime(runtime);
  if (known === undefined) return undefined;
  const { name, minor, libcni, specVersion, evidence } = known;
  return { spec: specVersion, of: `${name} ${minor} has libcni ${libcni} (${evidence})` };
}

function loopback({ runtime, loopback: own, release }: Situation): Advice[] {
  const needs = runtime === undefined ? undefined : containerRuntime(runtime);
  const has = parseVersion(own ?? release ?? '');
  if (needs?.loopbackFrom === undefined || has === undefined) return [];
  if (compareVersions(has, needs.loopbackFrom) >= 0) return [];
  return [
    {
      code: 'loopback-too-old-for-containerd',
      severity: 'error',
      say: `loopback is of ${has}, and containerd ${needs.minor} needs ${needs.loopbackFrom} or later: no pod starts`,
      remedy: `install ${newestVersion()} with --cni-version, loopback among its plugins`,
      take: newestVersion(),
      evidence: `containerd ${needs.minor} ${needs.note ?? ''}`.trim(),
    },
  ];
}

function earlyContainerd({ runtime }: Situation): Advice[] {
  const [, version] = /^containerd:\/\/v?(1\.6\.[0-3])(?![\d.])/.exec(runtime ?? '') ?? [];
  if (version === undefined) return [];
  return [
    {
      code: 'containerd-1.6.0-1.6.3',
      severity: 'warning',
      say: `with containerd ${version} a pod can get stuck while it is taken down`,
      remedy: 'take containerd 1.6.4 or later',
      take: undefined,
      evidence: `containerd 1.6 ${containerRuntime('containerd/1.6')?.note ?? ''}`.trim(),
    },
  ];
}

function releaseAdvisories({ release, usesNftables }: Situation): Advice[] {
  if (release === undefined) return [];
  return advisoriesOf(release).map(({ id, summary, fixedIn, url }) => ({
    code: 'release-advisory',
    severity: usesNftables === false ? 'note' : 'warning',
    say: `${release} has ${id}: ${summary}${concerns(usesNftables)}`,
    remedy: `install ${newestVersion()} with --cni-version; ${fixedIn} has it repaired`,
    take: newestVersion(),
    evidence: url,
  }));
}

function concerns(usesNftables: boolean | undefined): string {
  if (usesNftables === undefined) return '';
  return usesNftables
    ? '; a configuration here uses that backend'
    : '; no configuration here uses that backend';
}

function againstKubernetes({ kubernetes, release }: Situation): Advice[] {
  const pin = kubernetes === undefined ? undefined : versionForKubernetes(kubernetes);
  if (pin === undefined || release === undefined) return [];
  const order = compareVersions(release, pin.version);
  if (order === 0) return [];
  const evidence = `Kubernetes ${pin.kubernetes} is tested with ${pin.version} (${pin.evidence})`;
  return [order < 0 ? behind(release, pin, evidence) : ahead(release, pin, evidence)];
}

function behind(release: string, pin: { kubernetes: string; version: string }, evidence: string): Advice {
  return {
    code: 'behind-kubernetes',
    severity: 'note',
    say: `${release} is older than what Kubernetes ${pin.kubernetes} is tested with, ${pin.version}`,
    remedy: `install ${newestVersion()} with --cni-version, unless something of ${release} is needed that later ones lack`,
    take: newestVersion(),
    evidence,
  };
}

function ahead(release: string, pin: { kubernetes: string; version: string }, evidence: string): Advice {
  return {
    code: 'ahead-of-tested',
    severity: 'note',
    say: `${release} is newer than what Kubernetes ${pin.kubernetes} is tested with, ${pin.version}; that is usual`,
    remedy: 'stay',
    take: undefined,
    evidence,
  };
}

function unknownRelease({ release }: Situation): Advice[] {
  const newest = knownVersions().at(-1) ?? '';
  if (release === undefined || knownVersions().includes(release)) return [];
  return [
    {
      code: 'unknown-release',
      severity: 'note',
      say: `${release} is not in the catalog of this installer, which knows up to ${newest}`,
      remedy: 'take a newer image of this installer to be told about it',
      take: undefined,
      evidence: 'the catalog is built in, and nobody is asked',
    },
  ];
}
