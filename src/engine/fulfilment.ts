// Whether a recorded set of plugins is what is wished for, and what it would be. Pure.

import type { Failure } from '../failure/failure.ts';
import type { Finding } from '../failure/finding.ts';
import type { OutcomeWord } from '../report/result.ts';
import type { Wish } from '../arguments/parts/wish.ts';
import type { Generation, StoredPlugin, PluginSet } from '../node/state/ledger.ts';
import { type Plan, pluginMode } from '../node/plugins/plan.ts';
import type { Survey } from '../node/plugins/survey.ts';
import { pluginsOf } from '../release/catalog.ts';
import { type Expectation, meets } from '../release/expectation.ts';

/** A wish together with everything that decides whether a set fulfils it. */
export interface SetRequest {
  readonly wish: Wish;
  /** `linux/amd64`. */
  readonly platform: string;
  readonly expectation: Expectation;
}

/** What became of a wish. */
export interface PresentSet {
  readonly word: OutcomeWord;
  /** Undefined where nothing is known of the release that is there. */
  readonly version: string | undefined;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  /** Why the node still has an earlier set, when it is degraded. */
  readonly failure: Failure | undefined;
}

/** The names that are wished for, given what the release offers; sorted. */
export function wantedNames(wish: Wish, offered: readonly string[]): readonly string[] {
  const names = wish.plugins === 'all' ? offered : wish.plugins;
  return names.filter((name) => !wish.skip.includes(name)).toSorted();
}

/**
 * Whether the archive a set came from is accepted by today's expectation. A digest that was not recorded counts as not
 * met: the operator asked for it to be looked at. Where only the sidecar is trusted there is nothing to compare with.
 */
export function isTrusted(set: Pick<Generation, 'archive'>, expectation: Expectation): boolean {
  return expectation.basis === 'sidecar' || meets(expectation, set.archive);
}

/** The part of a recorded set that fulfils the request; undefined when it does not. */
export function fulfilling(generation: Generation, request: SetRequest): PluginSet | undefined {
  const { wish, platform, expectation } = request;
  if (generation.version !== wish.version || generation.platform !== platform) return undefined;
  if (!isTrusted(generation, expectation)) return undefined;
  return withModes(reducedTo(wantedNames(wish, generation.offered), generation), wish);
}

/** Every recorded set that fulfils the request, what stands first. */
export function recordedSets(
  { ledger, generations, spared }: Pick<Survey, 'ledger' | 'generations' | 'spared'>,
  request: SetRequest,
): readonly PluginSet[] {
  const recorded = [...(ledger === undefined ? [] : [ledger]), ...generations, ...spared];
  return recorded.flatMap(({ generation }) => fulfilling(generation, request) ?? []);
}

/** Undefined when one of the names is not in the set. */
function reducedTo(names: readonly string[], set: PluginSet): PluginSet | undefined {
  const plugins = names.flatMap((name): [string, StoredPlugin][] => {
    const plugin = set.plugins[name];
    return plugin === undefined ? [] : [[name, plugin]];
  });
  if (plugins.length < names.length) return undefined;
  const { version, platform, archive, offered } = set;
  return { version, platform, archive, offered, plugins: Object.fromEntries(plugins) };
}

/** Plugins get 0755, or what the operator grants, whatever the archive and an earlier set say. */
export function modeOf(name: string, wish: Wish): number {
  return wish.modes.get(name) ?? pluginMode;
}

function withModes(set: PluginSet | undefined, wish: Wish): PluginSet | undefined {
  if (set === undefined) return undefined;
  const plugins = Object.entries(set.plugins).map(([name, plugin]) => [
    name,
    { ...plugin, mode: modeOf(name, wish) },
  ]);
  return { ...set, plugins: Object.fromEntries(plugins) };
}

/** The two sets are the same plugins of the same archive. */
export function isSameSet(a: PluginSet, b: PluginSet): boolean {
  const names = Object.keys(a.plugins);
  return (
    a.version === b.version &&
    a.platform === b.platform &&
    a.archive.sha256 === b.archive.sha256 &&
    names.length === Object.keys(b.plugins).length &&
    names.every((name) => isSamePlugin(a.plugins[name], b.plugins[name]))
  );
}

function isSamePlugin(a: StoredPlugin | undefined, b: StoredPlugin | undefined): boolean {
  return a?.sha256 === b?.sha256 && a?.mode === b?.mode;
}

/** The names wished for, as far as they are known without the archive. */
export function namesAtHand({ wish }: Pick<SetRequest, 'wish'>): readonly string[] {
  return wantedNames(wish, pluginsOf(wish.version) ?? []);
}
