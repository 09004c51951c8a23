// What `verify` found, for machines and as a table for people. Pure.

import { statusOf } from '../failure/exit-statuses.ts';
import type { Finding } from '../failure/finding.ts';
import type { PluginState } from '../node/plugins/plugin-state.ts';
import type { SeenPropagation } from '../node/mounts/sharing-plan.ts';
import type { Advisory } from '../release/catalog.ts';
import type { Answer } from './result.ts';
import { textTable } from '../lib/text/table.ts';

export interface PluginAudit {
  readonly name: string;
  readonly state: PluginState;
  /** Of the bytes in the bin dir; undefined where there is no file. */
  readonly sha256: string | undefined;
  /** The release whose bytes these are, where they are ours; else what it says of itself. */
  readonly version: string | undefined;
  /** CNI spec versions that it said it speaks; undefined where it was not run, or does not work. */
  readonly specVersions: readonly string[] | undefined;
  readonly owner: 'ours' | 'adopted' | 'other' | undefined;
}

export interface MountAudit {
  readonly path: string;
  readonly mountPoint: string;
  readonly propagation: SeenPropagation;
}

export interface Audit {
  readonly version: string | undefined;
  readonly platform: string;
  readonly generation: number | undefined;
  readonly plugins: readonly PluginAudit[];
  readonly mounts: readonly MountAudit[];
  /** Known problems of the release itself. They are told, but are no drift of the node. */
  readonly advisories: readonly Advisory[];
  /** What is worth knowing, but no drift either: an install would leave it as it is. */
  readonly notes: readonly Finding[];
  readonly findings: readonly Finding[];
}

/** Exit status 9 when there are findings. */
export function auditAnswer(audit: Audit): Answer {
  return {
    text: auditTable(audit),
    json: auditJson(audit),
    exitStatus: statusOf(audit.findings.length > 0 ? 'findings' : 'success'),
  };
}

/** As `verify --output json` has it. */
export function auditJson(audit: Audit): object {
  const orNull = ({ name, state, sha256, version, owner, specVersions }: PluginAudit): object => ({
    name,
    state,
    sha256: sha256 ?? null,
    version: version ?? null,
    owner: owner ?? null,
    specVersions: specVersions ?? null,
  });
  return {
    schema: 1,
    outcome: audit.findings.length > 0 ? 'drifted' : 'intact',
    version: audit.version ?? null,
    platform: audit.platform,
    generation: audit.generation ?? null,
    plugins: audit.plugins.map(orNull),
    mounts: audit.mounts,
    advisories: audit.advisories.map(({ id, summary, fixedIn }) => ({ id, summary, fixedIn })),
    notes: audit.notes,
    findings: audit.findings,
  };
}

function auditTable(audit: Audit): string {
  const heading =
    audit.version === undefined ? 'Nothing of ours is recorded' : `${audit.version} for ${audit.platform}`;
  const sections = [
    `${heading}: ${audit.findings.length === 0 ? 'intact' : 'drifted'}`,
    headed(
      ['PLUGIN', 'STATE', 'OWNER', 'VERSION', 'SHA256', 'CNI'],
      audit.plugins.map(({ name, state, owner = '-', version = '-', sha256 = '-', specVersions }) => [
        name,
        state,
        owner,
        version,
        sha256.slice(0, 12),
        owner === 'other' ? rangeOf(specVersions) : '',
      ]),
    ),
    headed(
      ['PATH', 'MOUNT', 'PROPAGATION'],
      audit.mounts.map(({ path, mountPoint, propagation }) => [path, mountPoint, propagation]),
    ),
    ...audit.findings.map((finding) => findingText('finding', finding)),
    ...audit.notes.map((note) => findingText('note', note)),
    ...audit.advisories.map(({ id, summary, fixedIn }) => `note: ${id}: ${summary} (repaired in ${fixedIn})`),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** `0.1.0-1.1.0`: the first and the last that it named. What the release speaks is known. */
function rangeOf(specVersions: readonly string[] = []): string {
  const [first = '-', ...more] = specVersions;
  return more.length === 0 ? first : `${first}-${more.at(-1)}`;
}

function findingText(word: 'finding' | 'note', { message, hint }: Finding): string {
  return hint === undefined ? `${word}: ${message}` : `${word}: ${message}\n  what to do: ${hint}`;
}

/** The empty string without rows. */
function headed(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : textTable([heading, ...rows]);
}
