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
  /** The release whose bytes these are, where they are ours. */
  readonly version: string | undefined;
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
  const orNull = ({ name, state, sha256, version, owner }: PluginAudit): object => ({
    name,
    state,
    sha256: sha256 ?? null,
    version: version ?? null,
    owner: owner ?? null,
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
    findings: audit.findings,
  };
}

function auditTable(audit: Audit): string {
  const heading =
    audit.version === undefined ? 'Nothing of ours is recorded' : `${audit.version} for ${audit.platform}`;
  const sections = [
    `${heading}: ${audit.findings.length === 0 ? 'intact' : 'drifted'}`,
    headed(
      ['PLUGIN', 'STATE', 'OWNER', 'VERSION', 'SHA256'],
      audit.plugins.map(({ name, state, owner = '-', version = '-', sha256 = '-' }) => [
        name,
        state,
        owner,
        version,
        sha256.slice(0, 12),
      ]),
    ),
    headed(
      ['PATH', 'MOUNT', 'PROPAGATION'],
      audit.mounts.map(({ path, mountPoint, propagation }) => [path, mountPoint, propagation]),
    ),
    ...audit.findings.map(findingText),
    ...audit.advisories.map(({ id, summary, fixedIn }) => `note: ${id}: ${summary} (repaired in ${fixedIn})`),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function findingText({ message, hint }: Finding): string {
  return hint === undefined ? `finding: ${message}` : `finding: ${message}\n  what to do: ${hint}`;
}

/** The empty string without rows. */
function headed(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : textTable([heading, ...rows]);
}
