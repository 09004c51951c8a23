// Whether a plugin that is not as the ledger says is repaired now, later, or left to whoever writes it. Pure.
//
// Two promises stand against each other: no plugin that pods need is ever left absent, and two installers that both mean
// well never fight over one that works. So what does not work is put back for ever, and what works is put back a few
// times and then left, with its name told.

/** What is wrong with a plugin. All but `changed` stop pods: they can neither start nor end without it. */
export type PluginTrouble = 'absent' | 'broken' | 'not-executable' | 'changed';

/** What is remembered of one plugin; times are milliseconds since the epoch. */
export interface PluginHistory {
  /**
   * When the looks began at which it was put back, oldest first. What looking and putting back take is a part of the minute
   * between two of them: a plugin that is harmed as soon as it is back is away for that minute, and for no more.
   */
  readonly repairsMs: readonly number[];
  /** When the trouble that stands now was first seen; undefined while there is none. */
  readonly troubledSinceMs: number | undefined;
  /** When what stands there was last seen to be another file than before. */
  readonly lastChangeMs: number;
  /** Since when it is left to whoever else writes it. */
  readonly leftSinceMs: number | undefined;
}

export type RepairDecision =
  | { readonly do: 'repair'; readonly contended: boolean }
  | { readonly do: 'wait'; readonly untilMs: number; readonly contended: boolean };

/** Repairs of one plugin are counted over this time. */
const windowMs = 10 * 60_000;
/** What works is put back once nobody has written there for this long, … */
const quietMs = 5_000;
/** … or, where somebody never stops, after this long. */
const patienceMs = 30_000;
/** Once the budget is used up, what does not work is put back this often. */
const steadyMs = 60_000;
/** A plugin that is left is tried again after this long, unless the ledger changes before. */
const truceMs = 6 * 60 * 60_000;

export const noHistory: PluginHistory = {
  repairsMs: [],
  troubledSinceMs: undefined,
  lastChangeMs: 0,
  leftSinceMs: undefined,
};

/** @param budget repairs of one plugin in ten minutes before it counts as contended */
export function decideRepair(
  trouble: PluginTrouble,
  history: PluginHistory,
  { nowMs, budget }: { readonly nowMs: number; readonly budget: number },
): RepairDecision {
  const recent = history.repairsMs.filter((at) => at > nowMs - windowMs);
  return trouble === 'changed'
    ? decideWorking(history, recent.length < budget, nowMs)
    : decideHarmful(recent, budget, nowMs);
}

function decideHarmful(recent: readonly number[], budget: number, nowMs: number): RepairDecision {
  if (recent.length < budget) return { do: 'repair', contended: false };
  const untilMs = (recent.at(-1) ?? nowMs - steadyMs) + steadyMs;
  return nowMs >= untilMs ? { do: 'repair', contended: true } : { do: 'wait', untilMs, contended: true };
}

function decideWorking(history: PluginHistory, mayRepair: boolean, nowMs: number): RepairDecision {
  const { leftSinceMs, lastChangeMs, troubledSinceMs = nowMs } = history;
  const truceUntilMs = leftSinceMs === undefined ? nowMs : leftSinceMs + truceMs;
  if (truceUntilMs > nowMs) return { do: 'wait', untilMs: truceUntilMs, contended: true };
  if (leftSinceMs === undefined && !mayRepair) {
    return { do: 'wait', untilMs: nowMs + truceMs, contended: true };
  }
  const untilMs = Math.min(lastChangeMs + quietMs, troubledSinceMs + patienceMs);
  return nowMs >= untilMs ? { do: 'repair', contended: false } : { do: 'wait', untilMs, contended: false };
}

/** The history once a trouble was seen and decided about. */
export function whenTroubled(
  history: PluginHistory,
  decision: RepairDecision,
  seen: { readonly trouble: PluginTrouble; readonly nowMs: number },
): PluginHistory {
  const isLeft = seen.trouble === 'changed' && decision.contended;
  return {
    ...history,
    repairsMs: history.repairsMs.filter((at) => at > seen.nowMs - windowMs),
    troubledSinceMs: history.troubledSinceMs ?? seen.nowMs,
    leftSinceMs: isLeft ? (history.leftSinceMs ?? seen.nowMs) : undefined,
  };
}

/** The history once the plugin was put back: the trouble is over, and counted. */
export function whenRepaired(history: PluginHistory, nowMs: number): PluginHistory {
  return {
    ...history,
    repairsMs: [...history.repairsMs, nowMs],
    troubledSinceMs: undefined,
    leftSinceMs: undefined,
  };
}

/** The history once the plugin is as it should be, whoever has seen to that. */
export function whenIntact(history: PluginHistory): PluginHistory {
  return { ...history, troubledSinceMs: undefined, leftSinceMs: undefined };
}
