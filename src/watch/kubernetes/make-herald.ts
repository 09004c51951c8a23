// The herald with the duties that somebody wants.

import { ownApiServer } from '../../kubernetes/own-api-server.ts';
import { NodeEvents } from '../../kubernetes/node-events.ts';
import { OwnNode } from '../../kubernetes/own-node.ts';
import type { HeraldWish } from '../../arguments/parts/herald.ts';
import type { Effects } from '../../engine/context.ts';
import { ConditionDuty } from './condition-duty.ts';
import type { Duty } from './duty.ts';
import { EventsDuty } from './events-duty.ts';
import { Herald } from './herald.ts';
import { seeMultus } from './multus-sight.ts';
import type { Occurrence } from './occurrences.ts';
import type { NodeSight } from './standing.ts';
import { TaintDuty } from './taint-duty.ts';

/**
 * @param news what has happened before the watch began
 * @throws Failure `usage` outside a pod
 */
export function makeHerald(
  wish: HeraldWish,
  look: () => NodeSight,
  { effects, news }: { readonly effects: Effects; readonly news: readonly Occurrence[] },
): Herald {
  const server = ownApiServer(effects);
  const node = new OwnNode(server, wish.nodeName);
  const events = wish.events ? new EventsDuty(new NodeEvents(server, node)) : undefined;
  for (const occurrence of news) events?.add(occurrence, effects.now());
  const duties = [...dutiesOf(wish, node, effects), ...(events === undefined ? [] : [events])];
  return new Herald(() => ({ ...look(), multus: seeMultus(wish.confDir) }), { duties, events }, effects);
}

/** The taint first: pods wait for that. */
function dutiesOf({ condition, startupTaint }: HeraldWish, node: OwnNode, { random, log }: Effects): Duty[] {
  return [
    ...(startupTaint === undefined ? [] : [new TaintDuty(node, { key: startupTaint, random, log })]),
    ...(condition === undefined ? [] : [new ConditionDuty(node, { ...condition, random })]),
  ];
}
