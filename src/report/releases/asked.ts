// What was asked of the catalog, as the releases, versions and runtimes that it knows, and words that its answers share.

import { Failure } from '../../failure/failure.ts';
import { type Advice, adviceFor } from '../../release/advice/advice.ts';
import { type CatalogRelease, knownVersions, releaseOf } from '../../release/catalog.ts';
import {
  type ContainerRuntime,
  containerRuntime,
  containerRuntimes,
  minorOf,
} from '../../release/compatibility.ts';

/** What is asked. Nothing set: everything in one overview. Several things set: each is answered, in this order. */
export interface ReleasesQuery {
  /** One release in detail: `v1.9.1`, `1.9.1`. */
  readonly version?: string | undefined;
  /** `1.34`, `v1.34.2` */
  readonly forKubernetes?: string | undefined;
  /** `containerd/1.7`, or as a node's status says it: `containerd://1.7.13` */
  readonly forRuntime?: string | undefined;
}

/** What is to be said of a release together with what it is to work with; undefined where only one of them was asked. */
export function adviceAsked(query: ReleasesQuery): readonly Advice[] | undefined {
  const { version, forKubernetes, forRuntime } = query;
  if (version === undefined || (forKubernetes === undefined && forRuntime === undefined)) return undefined;
  return adviceFor({
    release: knownRelease(version).version,
    kubernetes: forKubernetes,
    runtime: forRuntime,
  });
}

export function knownRelease(asked: string): CatalogRelease {
  const release = releaseOf(asked);
  if (release !== undefined) return release;
  throw new Failure('unknown-release', {
    message: `release ${asked} is not in the catalog; it knows ${span(knownVersions()[0] ?? '', knownVersions().at(-1) ?? '')}`,
  });
}

export function knownRuntime(asked: string): ContainerRuntime {
  const runtime = containerRuntime(asked);
  if (runtime !== undefined) return runtime;
  const groups = runs(containerRuntimes(), ({ name }) => name);
  const known = groups.map(([first, last]) => `${first.name} ${span(first.minor, last.minor)}`);
  throw new Failure('unknown-runtime', {
    message: `container runtime ${asked} is not known; expected such as containerd/1.7, known are ${known.join(', ')}`,
  });
}

export function readMinor(asked: string): string {
  const minor = minorOf(asked);
  if (minor !== undefined) return minor;
  throw new Failure('not-a-kubernetes-version', {
    message: `${asked} is not a Kubernetes version; expected such as 1.34`,
  });
}

export function newestFirst(): CatalogRelease[] {
  return knownVersions()
    .toReversed()
    .flatMap((version) => releaseOf(version) ?? []);
}

/** First and last of each run of neighbours that have the same key. */
export function runs<Item>(items: readonly Item[], keyOf: (item: Item) => string): (readonly [Item, Item])[] {
  return items.reduce<(readonly [Item, Item])[]>((found, item) => {
    const last = found.at(-1);
    const continues = last !== undefined && keyOf(last[1]) === keyOf(item);
    return continues ? [...found.slice(0, -1), [last[0], item]] : [...found, [item, item]];
  }, []);
}

export function span(first: string, last: string): string {
  return first === last ? first : `${first} to ${last}`;
}

export function pluginsWithout(spec: string, release: CatalogRelease): string[] {
  return Object.keys(release.specExceptions).filter(
    (plugin) => release.specExceptions[plugin]?.includes(spec) === false,
  );
}
