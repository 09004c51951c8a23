// What is to be said of the versions that meet on the nodes: the advice for each class, told once with all its nodes. Pure.

import type { Attachment } from '../cluster/objects.ts';
import { isRecord } from '../lib/record.ts';
import { adviceFor } from '../release/advice/advice.ts';
import type { FleetAdvice, NodeClass } from './fleet.ts';
import { compareNames } from './wording.ts';

/** Worst first. */
export function adviceForFleet(
  classes: readonly NodeClass[],
  attachments: readonly Attachment[],
): readonly FleetAdvice[] {
  const usesNftables = attachments.some(asksForNftables) ? true : undefined;
  const given = classes.flatMap((of) =>
    adviceFor({
      kubernetes: of.kubernetes ?? undefined,
      runtime: of.runtime?.replace(' ', '://'),
      release: of.release ?? undefined,
      usesNftables,
    }).map((advice) => ({ advice, nodes: of.nodes })),
  );
  const merged = [...Map.groupBy(given, ({ advice }) => `${advice.code} ${advice.say}`).values()];
  return merged.flatMap(withAllNodes).toSorted((a, b) => severityRank(a) - severityRank(b));
}

function withAllNodes(
  same: readonly {
    readonly advice: ReturnType<typeof adviceFor>[number];
    readonly nodes: readonly string[];
  }[],
): FleetAdvice[] {
  const [first] = same;
  if (first === undefined) return [];
  const nodes = same.flatMap((one) => one.nodes).toSorted(compareNames);
  return [{ nodes, ...first.advice, take: first.advice.take ?? null }];
}

/** The worst is the least. */
export function severityRank({ severity }: Pick<FleetAdvice, 'severity'>): number {
  return ['error', 'warning', 'note'].indexOf(severity);
}

function asksForNftables({ config }: Attachment): boolean {
  if (config.kind !== 'network') return false;
  return config.network.plugins.some(
    ({ type, raw }) => type === 'portmap' && isRecord(raw) && raw['backend'] === 'nftables',
  );
}
