// The herald with the duties that somebody wants.

import { ApiServer } from '../../kubernetes/api-server.ts';
import { OwnNode } from '../../kubernetes/own-node.ts';
import type { HeraldWish } from '../../arguments/parts/herald.ts';
import type { Effects } from '../../engine/context.ts';
import { Failure } from '../../failure/failure.ts';
import { ConditionDuty } from './condition-duty.ts';
import type { Duty } from './duty.ts';
import { Herald } from './herald.ts';
import type { NodeSight } from './standing.ts';

/** @throws Failure `usage` outside a pod */
export function makeHerald(wish: HeraldWish, look: () => NodeSight, effects: Effects): Herald {
  const node = new OwnNode(apiServerFor(effects), wish.nodeName);
  return new Herald(look, dutiesOf(wish, node, effects), effects);
}

function apiServerFor({ apiServer, serviceAccountDir, userAgent, now, signal }: Effects): ApiServer {
  if (apiServer === undefined) {
    throw new Failure('not-in-a-pod', {
      message: 'KUBERNETES_SERVICE_HOST is not set, so that there is no API server to tell of this node',
    });
  }
  return new ApiServer({ address: apiServer, credentialsDir: serviceAccountDir, userAgent, now, signal });
}

function dutiesOf({ condition }: HeraldWish, node: OwnNode, { random }: Effects): readonly Duty[] {
  return condition === undefined ? [] : [new ConditionDuty(node, { ...condition, random })];
}
