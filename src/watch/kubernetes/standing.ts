// How a node stands, as one condition: the worst reason wins. Pure.

import { troublesAgainst, type WatchView } from '../health.ts';
import type { MultusSight } from './multus-sight.ts';

export type StandingReason =
  | 'Starting'
  | 'NothingInstalled'
  | 'PluginMissing'
  | 'MountNotShared'
  | 'MultusDown'
  | 'PluginContended'
  | 'PluginsIntact';

export interface NodeStanding {
  /** `True`: pods can attach. `Unknown`: nobody has looked, or there is nothing of ours to look at. */
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: StandingReason;
  /** A sentence for people. */
  readonly message: string;
}

/** What the guard knows of the node at one instant. */
export interface NodeSight {
  readonly view: WatchView;
  /** Names of plugins that somebody else writes again and again. */
  readonly contended: readonly string[];
  /** The release that the node shall have; undefined where nothing is installed. */
  readonly release: string | undefined;
  /** Paths that are seen, and not shared; whether that matters is the view's to say. */
  readonly unshared: readonly string[];
}

/** The same, and what the runtime calls. */
export interface WholeSight extends NodeSight {
  readonly multus: MultusSight;
}

const longestConditionMessage = 500;

export function nodeStanding(sight: WholeSight, nowMs: number): NodeStanding {
  const { view, contended, release, unshared, multus } = sight;
  if (!view.deepAuditDone)
    return { status: 'Unknown', reason: 'Starting', message: 'the first deep audit is not over' };
  if (release === undefined) {
    return { status: 'Unknown', reason: 'NothingInstalled', message: 'the node has no plugins of ours' };
  }
  const missing = troublesAgainst(view, nowMs);
  if (missing.length > 0) {
    return {
      status: 'False',
      reason: 'PluginMissing',
      message: asOneMessage(missing.map(({ because }) => because)),
    };
  }
  if (!view.mountsAreFine)
    return { status: 'False', reason: 'MountNotShared', message: unsharedSentence(unshared) };
  if (multus?.called === false) {
    const message = `the runtime does not call Multus: the first of its configurations is ${multus.instead ?? 'not there'}`;
    return { status: 'False', reason: 'MultusDown', message };
  }
  if (contended.length > 0) {
    const message = `every wanted plugin of ${release} works, but somebody else writes ${contended.join(', ')}`;
    return { status: 'True', reason: 'PluginContended', message };
  }
  return { status: 'True', reason: 'PluginsIntact', message: `every wanted plugin of ${release} works` };
}

function asOneMessage(sentences: readonly string[]): string {
  const text = sentences.join('; ');
  return text.length <= longestConditionMessage ? text : `${text.slice(0, longestConditionMessage - 1)}…`;
}

function unsharedSentence(paths: readonly string[]): string {
  return paths.length === 0
    ? 'mounts that have to be shared are not'
    : `not on a shared mount: ${paths.join(', ')}`;
}

export function sameStanding(one: NodeStanding | undefined, other: NodeStanding): boolean {
  return one?.status === other.status && one.reason === other.reason && one.message === other.message;
}
