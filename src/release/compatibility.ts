// What speaks with the plugins: the releases that Kubernetes tests with, the CNI specs that container runtimes read.

import { catalog, ownValue, type PinRecord, type RuntimeName } from './catalog-file.ts';
import { compareVersions } from './version.ts';

export interface KubernetesPin extends PinRecord {
  /** `1.34` */
  readonly kubernetes: string;
}

export interface ContainerRuntime {
  readonly name: RuntimeName;
  /** `1.7` */
  readonly minor: string;
  readonly libcni: string;
  /** The newest CNI spec version that this libcni reads. */
  readonly specVersion: string;
  /** Releases of the plugins that the runtime's own build and tests use, where known. */
  readonly testedWith: string | undefined;
  readonly note: string | undefined;
  /** The first release whose `loopback` it can work with, where it can't with any. */
  readonly loopbackFrom: string | undefined;
  readonly evidence: string;
}

/** The release that Kubernetes itself tests a minor with; `1.34`, `v1.34.2`. Undefined where that is not established. */
export function versionForKubernetes(kubernetes: string): KubernetesPin | undefined {
  const minor = minorOf(kubernetes);
  const pin = minor === undefined ? undefined : ownValue(catalog.kubernetes, minor);
  return minor === undefined || pin === undefined ? undefined : { kubernetes: minor, ...pin };
}

/** What Kubernetes tests with, oldest minor first. */
export function kubernetesPins(): readonly KubernetesPin[] {
  return Object.entries(catalog.kubernetes)
    .map(([kubernetes, pin]) => ({ kubernetes, ...pin }))
    .sort((a, b) => compareVersions(a.kubernetes, b.kubernetes));
}

/** `1.34`, `v1.34.2`, `1.34.2-eks-1a2b3c` → `1.34`. */
export function minorOf(version: string): string | undefined {
  const found = /^v?(\d{1,4}\.\d{1,4})(?:[.+-].*)?$/.exec(version.trim());
  return found?.[1];
}

/**
 * What is known about a container runtime, by the words of a node's status (`containerd://1.7.13`), of its binary
 * (`crio 1.30.2`) or short (`containerd/1.7`). Undefined for other runtimes and minors.
 */
export function containerRuntime(text: string): ContainerRuntime | undefined {
  const [, word = '', version = ''] = /^(containerd|cri-?o)(?::\/\/|[ /:@])(.+)$/i.exec(text.trim()) ?? [];
  const name = word.toLowerCase().replace(/^crio$/, 'cri-o');
  const minor = minorOf(version);
  return containerRuntimes().find((runtime) => runtime.name === name && runtime.minor === minor);
}

/** Known container runtimes by name, oldest minor first. */
export function containerRuntimes(): readonly ContainerRuntime[] {
  return [...runtimesNamed('containerd'), ...runtimesNamed('cri-o')];
}

/** The newest spec version that both a container runtime and the plugins of a release speak; undefined when none. */
export function newestCommonSpec(
  runtime: ContainerRuntime,
  release: { readonly specVersions: readonly string[] },
): string | undefined {
  return release.specVersions.findLast((spec) => compareVersions(spec, runtime.specVersion) <= 0);
}

function runtimesNamed(name: RuntimeName): ContainerRuntime[] {
  return Object.entries(catalog.runtimes[name])
    .map(([minor, record]) => ({
      name,
      minor,
      testedWith: record.testedWith,
      note: record.note,
      loopbackFrom: record.loopbackFrom,
      libcni: record.libcni,
      specVersion: record.specVersion,
      evidence: record.evidence,
    }))
    .sort((a, b) => compareVersions(a.minor, b.minor));
}
