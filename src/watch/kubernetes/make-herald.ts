// The herald with the duties that somebody wants.

import { ownApiServer } from '../../kubernetes/own-api-server.ts';
import { NodeEvents } from '../../kubernetes/node-events.ts';
import {
  type WriteObserver,
  type WriteResult,
  writeResults,
  type WrittenObject,
} from '../../kubernetes/write-result.ts';
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

export interface HeraldSurroundings {
  readonly effects: Effects;
  /** What has happened before the watch began. */
  readonly news: readonly Occurrence[];
  readonly observe: WriteObserver;
}

/** @throws Failure `usage` outside a pod */
export function makeHerald(
  wish: HeraldWish,
  look: () => NodeSight,
  { effects, news, observe }: HeraldSurroundings,
): Herald {
  const server = ownApiServer(effects);
  const node = new OwnNode(server, wish.nodeName, observe);
  const events = wish.events ? new EventsDuty(new NodeEvents(server, node, observe)) : undefined;
  for (const occurrence of news) events?.add(occurrence, effects.now());
  const duties = [...dutiesOf(wish, node, effects), ...(events === undefined ? [] : [events])];
  return new Herald(
    () => ({ ...look(), multus: seeMultus(wish.confDir) }),
    { duties, events, observe },
    effects,
  );
}

/** All that can come of what such a herald writes. */
export function foreseenWrites({
  condition,
  events,
  startupTaint,
}: HeraldWish): readonly (readonly [WrittenObject, WriteResult])[] {
  const objects: readonly WrittenObject[] = [
    ...(condition === undefined ? [] : (['condition'] as const)),
    ...(events ? (['event'] as const) : []),
    ...(startupTaint === undefined ? [] : (['taint'] as const)),
  ];
  return objects.flatMap((object) => writeResults.map((result) => [object, result] as const));
}

/** The taint first: pods wait for that. */
function dutiesOf({ condition, startupTaint }: HeraldWish, node: OwnNode, { random, log }: Effects): Duty[] {
  return [
    ...(startupTaint === undefined ? [] : [new TaintDuty(node, { key: startupTaint, random, log })]),
    ...(condition === undefined ? [] : [new ConditionDuty(node, { ...condition, random })]),
  ];
}
