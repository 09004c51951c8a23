// An outcome as the one-line JSON object for the termination message: short, whole, and readable by people first. Pure.

import type { Finding } from '../failure/finding.ts';
import type { Sharing } from '../node/mounts/mounts.ts';
import type { Outcome } from './result.ts';
import { summaryOf } from './summary.ts';

/**
 * A container's termination message may have 4096 bytes, and a pod's containers share 12 KiB (Kubernetes, "Determine
 * the Reason for Pod Failure"). Half of it leaves room for the other containers of the pod.
 */
export const maxReportBytes = 2048;

export interface ReportFrame {
  /** `linux/amd64`. */
  readonly platform: string;
  readonly durationMs: number;
}

/** The whole report; lists are not cut. The shape is documented in docs/report.md. */
export function reportOf(outcome: Outcome, frame: ReportFrame): object {
  const { sharing, sharingMode, trouble } = outcome;
  return {
    summary: summaryOf(outcome),
    schema: 1,
    outcome: outcome.outcome,
    ...(outcome.dryRun && { dryRun: true }),
    version: outcome.version ?? null,
    platform: frame.platform,
    plugins: outcome.plugins,
    mounts:
      sharing === undefined ? { mode: sharingMode, changed: [], shared: null } : reportedMounts(sharing),
    ...(trouble !== undefined && {
      error: {
        code: trouble.code,
        exitStatus: trouble.exitStatus,
        message: trouble.message,
        ...(trouble.hint !== undefined && { hint: trouble.hint }),
      },
    }),
    ...(outcome.findings.length > 0 && { warnings: outcome.findings.map(warning) }),
    durationMs: frame.durationMs,
  };
}

/**
 * Sharing `/` recursively also changes mounts that nobody asked about, among them those of every running container, by
 * names that would fill the report; they are counted.
 */
function reportedMounts({ mode, changed, shared, mounts }: Sharing): object {
  const asked = new Set(mounts.map(({ mountPoint }) => mountPoint));
  const named = changed.filter((mountPoint) => asked.size === 0 || asked.has(mountPoint));
  const others = changed.length - named.length;
  return { mode, changed: named, ...(others > 0 && { othersChanged: others }), shared: shared ?? null };
}

function warning({ message, hint }: Finding): string {
  return hint === undefined ? message : `${message} (${hint})`;
}

interface Cut {
  /** Of a list. */
  readonly items: number;
  /** Of a text. */
  readonly characters: number;
  /** Of the summary, which is the last to be cut. */
  readonly summary: number;
}

/** How much a report is cut, from not at all to the bone. */
const cuts: readonly Cut[] = [
  { items: Infinity, characters: Infinity, summary: Infinity },
  { items: 20, characters: 400, summary: 700 },
  { items: 10, characters: 250, summary: 600 },
  { items: 5, characters: 160, summary: 500 },
  { items: 2, characters: 100, summary: 300 },
  { items: 0, characters: 60, summary: 60 },
];

/** The report on one line of at most `maxReportBytes`. Lists that do not fit end in "… and 12 more". */
export function terminationMessage(report: object): string {
  const lines = cuts.map((cut) => JSON.stringify(shortenedReport(report, cut)));
  return lines.find((line) => Buffer.byteLength(line) <= maxReportBytes) ?? (lines.at(-1) as string);
}

function shortenedReport(report: object, cut: Cut): unknown {
  const parts = Object.entries(report).map(([key, part]) => {
    const characters = key === 'summary' ? cut.summary : cut.characters;
    return [key, shortened(part, { ...cut, characters })];
  });
  return Object.fromEntries(parts);
}

function shortened(value: unknown, cut: Pick<Cut, 'items' | 'characters'>): unknown {
  if (typeof value === 'string') {
    return value.length > cut.characters ? `${value.slice(0, cut.characters)}…` : value;
  }
  if (Array.isArray(value)) {
    const kept = value.slice(0, cut.items).map((item) => shortened(item, cut));
    return value.length > kept.length ? [...kept, `… and ${value.length - kept.length} more`] : kept;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shortened(part, cut)]));
}
