// The audit of a node against its own record: each plugin by the decision an install would take, and what the store still has.

import { join } from 'node:path';
import type { ExpectedSet } from '../../arguments/parts/expected-set.ts';
import type { Finding } from '../../failure/finding.ts';
import { onNode } from '../../failure/system-error.ts';
import { lstatIfThere } from '../../lib/files/file-facts.ts';
import { isReadOnly } from '../../node/plugins/bin-dir.ts';
import { type Inventory, type Observed, unreadDigest } from '../../node/plugins/inventory.ts';
import { isLeftToOthers } from '../../node/plugins/claims.ts';
import { type Action, isExecutable, makePlan } from '../../node/plugins/plan.ts';
import { stateOf } from '../../node/plugins/plugin-state.ts';
import { versionIn } from '../../node/plugins/introduction.ts';
import type { Trial } from '../../node/plugins/proof.ts';
import { tryAll } from '../../node/plugins/proofs.ts';
import { type Survey, survey } from '../../node/plugins/survey.ts';
import type { Generation, Ledger } from '../../node/state/ledger.ts';
import type { Premises, StateDir } from '../../node/state/state-dir.ts';
import { hasIntactBlob } from '../../node/state/store.ts';
import type { PluginAudit } from '../../report/audit.ts';
import { damagedBlob, damagedSpare, missingOriginal, pluginFinding } from './audit-findings.ts';
import { expectedNames, releaseFindings, requireKnownNames } from './expected-names.ts';
import { surveyOf } from '../look.ts';
import { dynamicNotes } from '../notes/dynamic.ts';
import { standingNotes } from '../notes/kept.ts';
import { unjudgedAmong } from '../notes/unjudged.ts';
import { type Rules, wantedOf, wantedUnread } from '../plan-set.ts';

export interface AuditRequest {
  readonly premises: Premises;
  /** As they are for the installs of this node: a finding says what the next one would do. */
  readonly rules: Rules;
  /** What is expected besides what is recorded: names and a release that were given, or the usual names where nothing is. */
  readonly expected: ExpectedSet;
  /** `digests` takes what has the recorded bytes for working, and runs the rest; `deep` runs all, and reads the store. */
  readonly depth: 'digests' | 'deep';
}

export interface NodeAudit {
  /** Undefined where nothing of ours is recorded. */
  readonly generation: Generation | undefined;
  readonly plugins: readonly AuditedPlugin[];
  /** What is no drift, and yet worth knowing. */
  readonly notes: readonly Finding[];
  readonly findings: readonly Finding[];
}

export interface AuditedPlugin extends PluginAudit {
  /** What an install of the recorded set would do about it. */
  readonly action: Action;
  readonly finding: Finding | undefined;
}

/**
 * Reads and runs; writes nothing, takes no lock.
 * @throws Failure `usage` for a name that no release at hand has, `node` for a ledger of a newer schema, and where the
 * node does not let itself be read.
 */
export async function auditNode(request: AuditRequest): Promise<NodeAudit> {
  const { premises, rules, expected, depth } = request;
  const { names, seen } = await lookFor(expected, premises);
  const isDeep = depth === 'deep';
  const suspects = isDeep ? names : names.filter((name) => !isAsRecorded(name, seen));
  const trials = await tryAll(runnable(suspects, seen.inventory, premises), rules);
  const damaged = isDeep ? await onNode(() => damagedBlobs(seen.ledger, premises.stateDir)) : [];
  const actions = actionsOn(names, seen, rules, trials);
  const isTakenAsItIs = seen.ledger === undefined && isReadOnly(premises.binDir);
  const plugins = names.map((name) => {
    const evidence = {
      trial: trials.get(name),
      isInStore: isInStore(name, seen.ledger, damaged),
      isTakenAsItIs,
    };
    return auditedPlugin(actionOn(name, actions), seen, evidence);
  });
  return {
    generation: seen.ledger?.generation,
    plugins,
    notes: [
      ...(seen.ledger === undefined ? [] : standingNotes(asHeard(plugins, seen.ledger.generation))),
      ...dynamicNotes([...trials.values()].flatMap((trial) => (trial.works === true ? [trial.proof] : []))),
      ...unjudgedAmong(trials),
    ],
    findings: [
      ...seen.findings,
      ...releaseFindings(expected, seen.ledger?.generation),
      ...plugins.flatMap(({ finding }) => finding ?? []),
      ...damaged.map((name) => damagedBlob(name, blobPathOf(name, seen.ledger, premises.stateDir))),
      ...(isDeep ? await spareFindings(seen.ledger, premises.spare) : []),
      ...missingOriginals(seen.ledger, premises.stateDir),
    ],
  };
}

/** The record, with what kept plugins say of themselves now. */
function asHeard(plugins: readonly AuditedPlugin[], generation: Generation): Generation {
  const heard = plugins.flatMap(({ name, version, specVersions }) =>
    generation.kept[name] === undefined || specVersions === undefined
      ? []
      : [[name, { ...(version !== undefined && { version }), specVersions }] as const],
  );
  return { ...generation, introduced: { ...generation.introduced, ...Object.fromEntries(heard) } };
}

/** Which names are expected depends on what is recorded. */
async function lookFor(
  expected: ExpectedSet,
  premises: Premises,
): Promise<{ readonly names: readonly string[]; readonly seen: Survey }> {
  const glance = await onNode(() => survey(premises, []));
  const recorded = glance.ledger?.generation;
  requireKnownNames(expected, recorded);
  const names = expectedNames(expected, recorded);
  return { names, seen: await onNode(() => surveyOf(names, glance, premises)) };
}

/** It has the very bytes that were seen to work when they were placed, or kept. */
function isAsRecorded(name: string, { inventory, ledger }: Survey): boolean {
  const observed = inventory.get(name);
  const recorded = ledger?.generation.kept[name] ?? ledger?.generation.plugins[name]?.sha256;
  return observed?.kind === 'file' && observed.sha256 === recorded;
}

/** What can be run at all, where it stands: links are followed, as the runtime follows them. */
function runnable(
  names: readonly string[],
  inventory: Inventory,
  { binDir }: Premises,
): readonly (readonly [string, string])[] {
  const canRun = (observed: Observed | undefined): boolean =>
    observed?.kind === 'symlink' || (observed?.kind === 'file' && isExecutable(observed));
  return names.filter((name) => canRun(inventory.get(name))).map((name) => [name, join(binDir, name)]);
}

function actionsOn(
  names: readonly string[],
  { inventory, claims, ledger }: Survey,
  { onConflict }: Rules,
  trials: ReadonlyMap<string, Trial>,
): readonly Action[] {
  const recorded = ledger === undefined ? [] : [...wantedOf(ledger.generation)];
  return makePlan({
    inventory,
    claims,
    wanted: new Map([...wantedUnread(names), ...recorded]),
    onConflict,
    kept: ledger?.generation.kept ?? {},
    working: new Set(names.filter((name) => trials.get(name)?.works !== false)),
  });
}

function actionOn(name: string, actions: readonly Action[]): Action {
  const action = actions.find((one) => one.name === name);
  if (action === undefined) throw new Error(`a plan speaks of every name that is wanted, but not of ${name}`);
  return action;
}

interface Evidence {
  /** The dir can't be written, and holds nothing of ours: what is there is used as it is. */
  readonly isTakenAsItIs: boolean;
  /** Undefined for what was not run. */
  readonly trial: Trial | undefined;
  readonly isInStore: boolean;
}

function auditedPlugin(
  action: Action,
  { inventory, claims, ledger }: Survey,
  { trial, isInStore: inStore, isTakenAsItIs }: Evidence,
): AuditedPlugin {
  const { name } = action;
  const observed = inventory.get(name) ?? { kind: 'absent' };
  const because = trial?.works === false ? trial.because : undefined;
  const proof = trial?.works === true ? trial.proof : undefined;
  const state = stateOf(action, observed, because === undefined);
  const sha256 = observed.kind === 'file' && observed.sha256 !== unreadDigest ? observed.sha256 : undefined;
  const recorded = ledger?.generation.plugins[name];
  const isOurs = sha256 !== undefined && sha256 === (recorded ?? claims.get(name))?.sha256;
  const isKept = isTakenAsItIs || isLeftToOthers(name, ledger);
  return {
    name,
    state,
    sha256,
    version: isOurs ? ledger?.generation.version : versionIn(proof?.saysOfItself ?? ''),
    specVersions: proof?.specVersions,
    owner: observed.kind === 'absent' ? undefined : ownerIn(state, claims.get(name)?.original),
    action,
    finding: pluginFinding({ action, observed, state, because, recorded, isKept, isInStore: inStore }),
  };
}

/** A name that we placed stays ours whatever was written over it. */
function ownerIn(
  state: PluginAudit['state'],
  original: 'nothing' | 'equal' | 'displaced' | undefined,
): PluginAudit['owner'] {
  if (original === undefined || state === 'foreign') return 'other';
  return original === 'equal' ? 'adopted' : 'ours';
}

/** Names whose copy in the store is not what repair and rollback would need. */
async function damagedBlobs(ledger: Ledger | undefined, stateDir: StateDir): Promise<readonly string[]> {
  const damaged: string[] = [];
  for (const [name, { sha256 }] of Object.entries(ledger?.generation.plugins ?? {})) {
    if (!(await hasIntactBlob(stateDir, sha256))) damaged.push(name);
  }
  return damaged;
}

async function spareFindings(ledger: Ledger | undefined, spare: StateDir | undefined): Promise<Finding[]> {
  if (spare === undefined) return [];
  const damaged = await onNode(() => damagedBlobs(ledger, spare));
  return damaged.map((name) => damagedSpare(name, blobPathOf(name, ledger, spare)));
}

function isInStore(name: string, ledger: Ledger | undefined, damaged: readonly string[]): boolean {
  return ledger?.generation.plugins[name] !== undefined && !damaged.includes(name);
}

function blobPathOf(name: string, ledger: Ledger | undefined, stateDir: StateDir): string {
  return stateDir.blobPath(ledger?.generation.plugins[name]?.sha256 ?? '');
}

function missingOriginals(ledger: Ledger | undefined, stateDir: StateDir): Finding[] {
  return Object.entries(ledger?.originals ?? {})
    .filter(([, original]) => original === 'displaced')
    .filter(([name]) => lstatIfThere(stateDir.originalPath(name)) === undefined)
    .map(([name]) => missingOriginal(name, stateDir.originalPath(name)));
}
