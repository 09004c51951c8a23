// What our container left in its pod's status, and what a watch answers: JSON that anybody could have written → facts. Pure.

import { recordIn, recordsIn, textIn } from '../cluster/json-value.ts';
import { isRecord, recordOfText } from '../lib/record.ts';
import type { PodView } from '../cluster/objects.ts';
import type { FleetMount, FleetPlugin, FleetPluginState, MountsWord, NodeError } from './fleet.ts';

/** What one source says of a node. */
export interface NodeReport {
  readonly outcome: string;
  readonly release: string | undefined;
  readonly generation: number | undefined;
  readonly plugins: readonly FleetPlugin[];
  /** Undefined where this source does not look. */
  readonly others: OtherPrograms | undefined;
  readonly mountsAre: MountsWord;
  readonly mounts: readonly FleetMount[];
  readonly interfaces: readonly string[] | undefined;
  readonly contended: readonly string[];
  readonly error: NodeError | undefined;
  readonly atMs: number | undefined;
  readonly pod: string;
}

export interface OtherPrograms {
  readonly names: readonly string[];
  readonly complete: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** As many names as a report has at most. */
const mostPresent = 48;

export interface PodReports {
  /** Of the container that installs. */
  readonly install: NodeReport | undefined;
  /** Of the one that only shares mounts, in the hardened layout. */
  readonly sharing: NodeReport | undefined;
}

/** Undefined for a pod that is none of ours. */
export function reportsOf(pod: PodView): PodReports | undefined {
  const reports = pod.lastWords.flatMap(({ container, text, at }) => {
    const message = messageIn(text);
    if (message === undefined) return [];
    return [{ container, report: reportIn(message, { pod: pod.id, at }) }];
  });
  if (reports.length === 0) return undefined;
  const of = (sharesOnly: boolean): NodeReport | undefined =>
    reports.findLast(({ container }) => (container === 'share-mounts') === sharesOnly)?.report;
  return { install: of(false), sharing: of(true) };
}

function messageIn(text: string): Json | undefined {
  const message = text.startsWith('{') ? recordOfText(text) : undefined;
  if (message?.['schema'] !== 1) return undefined;
  return textIn(message, 'outcome') === undefined ? undefined : message;
}

function reportIn(message: Json, { pod, at }: { pod: string; at: string | undefined }): NodeReport {
  const lists = recordIn(message, 'plugins');
  const release = textIn(message, 'version');
  const outcome = textIn(message, 'outcome') ?? '';
  return {
    outcome,
    release,
    generation: undefined,
    plugins: pluginsReported(lists, release),
    others: otherPrograms(lists, outcome),
    mountsAre: sharedIn(recordIn(message, 'mounts')),
    mounts: [],
    interfaces: undefined,
    contended: [],
    error: errorIn(message),
    atMs: timeOf(at),
    pod,
  };
}

const stateByFate: Readonly<Record<string, FleetPluginState>> = {
  placed: 'intact',
  intact: 'intact',
  kept: 'kept',
  failed: 'gone',
};

function pluginsReported(lists: Json, release: string | undefined): FleetPlugin[] {
  const plugins = Object.entries(stateByFate).flatMap(([fate, state]) =>
    whole(textsIn(lists, fate)).map((name) => ({
      name,
      version: state === 'intact' ? (release ?? null) : null,
      state,
      owner: state === 'intact' ? 'ours' : state === 'kept' ? 'other' : null,
    })),
  );
  return plugins.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A list that did not fit ends in a count. */
function whole(names: readonly string[]): readonly string[] {
  return names.filter((name) => !name.startsWith('…'));
}

function otherPrograms(lists: Json, outcome: string): OtherPrograms | undefined {
  const present = textsIn(lists, 'present');
  const all = [...Object.keys(stateByFate).flatMap((fate) => textsIn(lists, fate)), ...present];
  const isCut = whole(all).length < all.length;
  // Nobody has looked where the run failed before it could.
  if (present.length === 0 && (outcome === 'failed' || isCut)) return undefined;
  return { names: whole(present), complete: !isCut && present.length < mostPresent };
}

function textsIn(record: Json, name: string): string[] {
  const list = Object.hasOwn(record, name) ? record[name] : undefined;
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

function sharedIn(mounts: Json): MountsWord {
  const shared = mounts['shared'];
  return shared === true ? 'shared' : shared === false ? 'not shared' : 'unknown';
}

function errorIn(message: Json): NodeError | undefined {
  const error = recordIn(message, 'error');
  const code = textIn(error, 'code');
  if (code === undefined) return undefined;
  return { code, message: textIn(error, 'message') ?? code, hint: textIn(error, 'hint') ?? null };
}

function timeOf(at: string | undefined): number | undefined {
  const ms = Date.parse(at ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

/** Of `/v1/state`. Undefined for what is none. */
export function reportOfWatch(state: unknown, pod: string): NodeReport | undefined {
  if (!isRecord(state) || state['schema'] !== 1 || !Array.isArray(state['plugins'])) return undefined;
  const watch = recordIn(state, 'watch');
  const isStrange = new Set(recordsIn(state, 'findings').map((finding) => textIn(finding, 'code'))).has(
    'plugin-foreign',
  );
  const mounts = recordsIn(state, 'mounts').map(mountIn);
  const generation = state['generation'];
  const interfaces = textsIn(state, 'interfaces');
  return {
    outcome: textIn(state, 'outcome') ?? 'drifted',
    release: textIn(state, 'version'),
    generation: typeof generation === 'number' ? generation : undefined,
    plugins: recordsIn(state, 'plugins').flatMap((plugin) => watchedPlugin(plugin, isStrange)),
    others: undefined,
    mountsAre: mountsWord(mounts),
    mounts,
    interfaces: interfaces.length === 0 ? undefined : interfaces,
    contended: textsIn(watch, 'contended'),
    error: undefined,
    atMs: timeOf(textIn(watch, 'lastAudit')),
    pod,
  };
}

const watchedStates: ReadonlySet<string> = new Set<FleetPluginState>([
  'intact',
  'absent',
  'changed',
  'foreign',
  'not-executable',
  'broken',
]);

function watchedPlugin(plugin: Json, isStrange: boolean): FleetPlugin[] {
  const [name, state = ''] = [textIn(plugin, 'name'), textIn(plugin, 'state')];
  if (name === undefined || !watchedStates.has(state)) return [];
  // Another's that is meant to stay is none of the audit's findings.
  const told = state === 'foreign' && !isStrange ? 'kept' : (state as FleetPluginState);
  const [version, owner] = [textIn(plugin, 'version'), textIn(plugin, 'owner')];
  return [{ name, state: told, version: version ?? null, owner: owner ?? null }];
}

function mountIn(mount: Json): FleetMount {
  return { path: textIn(mount, 'path') ?? '', propagation: textIn(mount, 'propagation') ?? '' };
}

function mountsWord(mounts: readonly FleetMount[]): MountsWord {
  const words = new Set(mounts.map(({ propagation }) => propagation));
  if (words.size === 0 || words.has('unknown')) return 'unknown';
  return [...words].every((word) => sharedWords.has(word)) ? 'shared' : 'not shared';
}

const sharedWords: ReadonlySet<string> = new Set(['shared', 'shared-slave']);
