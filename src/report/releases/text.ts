// Answers about known releases, for people.

import { type ReleasesQuery, knownRelease, knownRuntime } from './asked.ts';
import { overview } from './overview.ts';
import { releaseDetail } from './release.ts';
import { kubernetesAnswer, runtimeAnswer } from './runtime.ts';

/**
 * The answer as text, at most 100 columns wide, newline at the end.
 * A release, Kubernetes version or container runtime that can't be read or is not known: a usage `Failure`.
 */
export function releasesTable(query: ReleasesQuery = {}): string {
  const sections = [
    ...(query.version === undefined ? [] : [releaseDetail(knownRelease(query.version))]),
    ...(query.forKubernetes === undefined ? [] : [kubernetesAnswer(query.forKubernetes)]),
    ...(query.forRuntime === undefined ? [] : [runtimeAnswer(knownRuntime(query.forRuntime))]),
  ];
  return `${(sections.length === 0 ? [overview()] : sections).join('\n\n')}\n`;
}
