// Nodes of the cluster, each with the newest that is known of it: from our containers' reports, a condition, a watch. Pure.

import type { ConditionView, NodeView, PodView } from '../cluster/objects.ts';
import type { FleetCondition, FleetNode, FleetPluginState, NodeSource, StandingWord } from './fleet.ts';
import { type NodeReport, type PodReports, reportOfWatch, reportsOf } from './installer-report.ts';
import { compareNames } from './wording.ts';

/** What a watch said when it was asked, by the node that it is on. */
export type LiveAnswer =
  | { readonly how: 'answered'; readonly state: unknown; readonly pod: string }
  | Silence;

/** `refused`: nobody listens at the address of the node, as where watch listens at 127.0.0.1 alone. */
export interface Silence {
  readonly how: 'silent' | 'refused';
  readonly why: string;
  readonly pod: string;
}

export type LiveAnswers = ReadonlyMap<string, LiveAnswer>;

/** A node before it is sorted into a class, with what only findings are made from. */
export interface NodeState extends Omit<FleetNode, 'class'> {
  readonly contended: readonly string[];
  /** Why its watch did not answer; undefined where it did, or was not asked. */
  readonly silence: Silence | undefined;
}

export interface NodeInput {
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  readonly live: LiveAnswers | undefined;
  readonly nowMs: number;
}

/** Those that can have plugins of ours, in the order of their names. Without Node objects those that pods name. */
export function nodeStates({ nodes, pods, live, nowMs }: NodeInput): NodeState[] {
  const reports = newestReports(pods);
  const known = nodes.length > 0 ? nodes : [...reports.keys()].map(nodeKnownByPod);
  return known
    .filter(({ os }) => os === undefined || os === 'linux')
    .map((node) => stateOfNode(node, { reports: reports.get(node.name), live: live?.get(node.name), nowMs }))
    .toSorted((a, b) => compareNames(a.name, b.name));
}

function newestReports(pods: readonly PodView[]): Map<string, PodReports> {
  const newest = new Map<string, PodReports>();
  for (const pod of pods) {
    const found = pod.node === undefined ? undefined : reportsOf(pod);
    if (found === undefined || pod.node === undefined) continue;
    const before = newest.get(pod.node);
    newest.set(pod.node, {
      install: later(before?.install, found.install),
      sharing: later(before?.sharing, found.sharing),
    });
  }
  return newest;
}

function later(a: NodeReport | undefined, b: NodeReport | undefined): NodeReport | undefined {
  return a === undefined || (b !== undefined && (b.atMs ?? 0) >= (a.atMs ?? 0)) ? b : a;
}

function nodeKnownByPod(name: string): NodeView {
  return {
    name,
    kubelet: undefined,
    runtime: undefined,
    kernel: undefined,
    osImage: undefined,
    os: undefined,
    arch: undefined,
    schedulable: true,
    resources: [],
    conditions: [],
  };
}

interface Word {
  readonly reports: PodReports | undefined;
  readonly live: LiveAnswer | undefined;
  readonly nowMs: number;
}

const ourConditionType = 'cni-plugins-installer.github.io/Ready';

function stateOfNode(node: NodeView, { reports, live, nowMs }: Word): NodeState {
  const watched = live?.how === 'answered' ? reportOfWatch(live.state, live.pod) : undefined;
  const { install, sharing } = reports ?? {};
  const told = watched ?? install;
  const condition = conditionOf(node.conditions.find(({ type }) => type === ourConditionType));
  const error = watched === undefined ? (install?.error ?? sharing?.error) : undefined;
  const silence = live !== undefined && watched === undefined ? silenceIn(live) : undefined;
  const others = install?.others;
  return {
    ...factsOf(node),
    standing: standingByVoices({ watched, install, sharing, condition, silence }),
    release: told?.release ?? null,
    generation: told?.generation ?? null,
    plugins: told?.plugins ?? [],
    others: withoutOurs(others?.names ?? [], told),
    complete: others?.complete === true,
    interfaces: watched?.interfaces ?? null,
    mounts: watched?.mounts ?? [],
    mountsAre: mountsOf(watched, install, sharing),
    outcome: told?.outcome ?? sharing?.outcome ?? null,
    error: error ?? null,
    source: sourceOfNode(watched, install ?? sharing, condition),
    ageSeconds: ageOf(told ?? sharing, nowMs),
    condition,
    pod: (told ?? sharing)?.pod ?? live?.pod ?? null,
    contended: watched?.contended ?? [],
    silence,
  };
}

type SteadyFacts = Pick<
  NodeState,
  'name' | 'schedulable' | 'arch' | 'kubernetes' | 'runtime' | 'kernel' | 'os'
>;

function factsOf({ name, schedulable, arch, kubelet, runtime, kernel, osImage }: NodeView): SteadyFacts {
  const [, engine, version] = /^([\w.-]+):\/\/(.+)$/.exec(runtime ?? '') ?? [];
  return {
    name,
    schedulable,
    arch: arch ?? null,
    kubernetes: kubelet ?? null,
    runtime: engine === undefined || version === undefined ? null : { name: engine, version },
    kernel: kernel ?? null,
    os: osImage ?? null,
  };
}

function conditionOf(view: ConditionView | undefined): FleetCondition | null {
  if (view === undefined) return null;
  return { status: view.status, reason: view.reason ?? null, message: view.message ?? null };
}

function silenceIn(live: LiveAnswer): Silence {
  if (live.how !== 'answered') return live;
  return { how: 'silent', why: 'what it answered is no state of a watch', pod: live.pod };
}

interface Voices {
  readonly watched: NodeReport | undefined;
  readonly install: NodeReport | undefined;
  readonly sharing: NodeReport | undefined;
  readonly condition: FleetCondition | null;
  readonly silence: Silence | undefined;
}

/** A watch knows better than a report of some days ago, and any report better than a condition. */
function standingByVoices({ watched, install, sharing, condition, silence }: Voices): StandingWord {
  if (watched !== undefined) return standingOfWatched(watched);
  const outcomes = new Set([install?.outcome, sharing?.outcome]);
  if (outcomes.has('failed')) return 'failed';
  if (silence !== undefined) return 'stale';
  if (condition?.status === 'False') return 'failed';
  if (outcomes.has('degraded')) return 'degraded';
  if (install !== undefined) return install.outcome === 'uninstalled' ? 'unknown' : 'well';
  return condition?.status === 'True' ? 'well' : 'unknown';
}

const statesNotWorking: ReadonlySet<FleetPluginState> = new Set([
  'absent',
  'not-executable',
  'broken',
  'gone',
]);

export function works(state: FleetPluginState): boolean {
  return !statesNotWorking.has(state);
}

function standingOfWatched({ plugins, outcome }: NodeReport): StandingWord {
  if (plugins.some(({ state }) => !works(state))) return 'failed';
  return outcome === 'intact' ? 'well' : 'degraded';
}

function withoutOurs(names: readonly string[], told: NodeReport | undefined): readonly string[] {
  const ours = new Set(told?.plugins.map(({ name }) => name));
  return names.filter((name) => !ours.has(name));
}

function mountsOf(...reports: readonly (NodeReport | undefined)[]): NodeState['mountsAre'] {
  return reports.flatMap((one) => one?.mountsAre ?? []).find((word) => word !== 'unknown') ?? 'unknown';
}

function sourceOfNode(
  watched: NodeReport | undefined,
  left: NodeReport | undefined,
  condition: FleetCondition | null,
): NodeSource | null {
  if (watched !== undefined) return 'live';
  if (left !== undefined) return 'termination';
  return condition === null ? null : 'condition';
}

function ageOf(report: NodeReport | undefined, nowMs: number): number | null {
  return report?.atMs === undefined ? null : Math.max(0, Math.round((nowMs - report.atMs) / 1000));
}
