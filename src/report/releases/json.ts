// Answers about known releases, for machines.

import { acceptedDigests } from '../../release/accepted-digests.ts';
import { type CatalogRelease, advisories, advisoriesOf, newestVersion } from '../../release/catalog.ts';
import {
  type ContainerRuntime,
  containerRuntimes,
  kubernetesPins,
  newestCommonSpec,
  versionForKubernetes,
} from '../../release/compatibility.ts';
import { archiveFileName } from '../../release/upstream.ts';
import {
  adviceAsked,
  type ReleasesQuery,
  knownRelease,
  knownRuntime,
  newestFirst,
  pluginsWithout,
  readMinor,
} from './asked.ts';

/** The answer as a JSON-ready object with `schema` 1; the same failures as the table. */
export function releasesJson(query: ReleasesQuery = {}): object {
  const { version, forKubernetes, forRuntime } = query;
  const advice = adviceAsked(query);
  const asked = version !== undefined || forKubernetes !== undefined || forRuntime !== undefined;
  return {
    schema: 1,
    newest: newestVersion(),
    ...(asked ? {} : everythingJson()),
    ...(version === undefined ? {} : { release: releaseJson(knownRelease(version)) }),
    ...(forKubernetes === undefined ? {} : { forKubernetes: kubernetesJson(forKubernetes) }),
    ...(forRuntime === undefined ? {} : { forRuntime: runtimeJson(knownRuntime(forRuntime)) }),
    ...(advice === undefined ? {} : { advice }),
  };
}

function everythingJson(): object {
  return {
    releases: newestFirst().map(releaseJson),
    advisories: advisories(),
    kubernetes: kubernetesPins(),
    runtimes: containerRuntimes(),
  };
}

function releaseJson(release: CatalogRelease): object {
  const { refusal, architectures: published, ...facts } = release;
  return {
    ...facts,
    advisories: advisoriesOf(release.version).map(({ id }) => id),
    refused: refusal ?? null,
    platforms: published.map((arch) => ({
      platform: `linux/${arch}`,
      archive: archiveFileName(release.version, arch),
      digests: acceptedDigests(release.version, arch),
    })),
  };
}

function kubernetesJson(asked: string): object {
  const kubernetes = readMinor(asked);
  const pin = versionForKubernetes(kubernetes);
  return {
    kubernetes,
    testedWith: pin?.version ?? null,
    evidence: pin?.evidence ?? null,
    advisories: pin === undefined ? [] : advisoriesOf(pin.version).map(({ id }) => id),
  };
}

function runtimeJson(runtime: ContainerRuntime): object {
  const releases = newestFirst().map((release) => {
    const common = newestCommonSpec(runtime, release);
    const exceptPlugins = common === undefined ? [] : pluginsWithout(common, release);
    return { version: release.version, newestCommonSpec: common ?? null, exceptPlugins };
  });
  return { ...runtime, releases };
}
