// `releases`: what is known about upstream's releases.

import type { ReleasesConfig } from '../arguments/configure/releases.ts';
import { releasesJson } from '../report/releases/json.ts';
import { releasesTable } from '../report/releases/text.ts';
import type { Answer } from '../report/result.ts';

/** @throws Failure `usage` for a release, Kubernetes version or runtime that is not known. */
export function releases({ query }: ReleasesConfig): Answer {
  return { text: releasesTable(query), json: releasesJson(query), exitStatus: 0 };
}
