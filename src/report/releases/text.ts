// Answers about known releases, for people.

import { wrapped } from '../../lib/text/table.ts';
import { adviceAsked, type ReleasesQuery, knownRelease, knownRuntime } from './asked.ts';
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
    ...adviceSection(query),
  ];
  return `${(sections.length === 0 ? [overview()] : sections).join('\n\n')}\n`;
}

/** Where a release is asked about together with what it is to work with. */
function adviceSection(query: ReleasesQuery): string[] {
  const advice = adviceAsked(query);
  if (advice === undefined) return [];
  const lines = advice.flatMap(({ severity, say, remedy, evidence }) => [
    ...wrapped(`${severity}: ${say}`, '  '),
    ...wrapped(`what to do: ${remedy}`, '    '),
    ...wrapped(`evidence: ${evidence}`, '    '),
  ]);
  return [['Advice', ...(lines.length === 0 ? ['  stay: nothing speaks against it'] : lines)].join('\n')];
}
