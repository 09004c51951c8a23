// What Kubernetes shall be told of this node.

import { Failure } from '../../failure/failure.ts';
import type { OptionReader } from '../option-reader.ts';

export interface HeraldWish {
  readonly nodeName: string;
  /** Undefined: no condition. */
  readonly condition: { readonly heartbeatMs: number } | undefined;
}

/** Each heartbeat of each node is a write that all who watch Nodes read. */
const shortestHeartbeatMs = 60_000;

/** Undefined where nothing shall be told. */
export function heraldWishOf(
  read: OptionReader<'node-condition' | 'condition-heartbeat' | 'node-name'>,
): HeraldWish | undefined {
  const nodeName = read.text('node-name');
  const heartbeatMs = read.durationMs('condition-heartbeat');
  if (heartbeatMs < shortestHeartbeatMs) {
    throw read.refusal('condition-heartbeat', 'is too short', 'one minute or more');
  }
  const condition = read.boolean('node-condition') ? { heartbeatMs } : undefined;
  if (condition === undefined) return undefined;
  if (nodeName === undefined) throw nameless();
  return { nodeName, condition };
}

function nameless(): Failure {
  return new Failure('node-name-missing', {
    message: '--node-condition wants the name that this node has in Kubernetes, and nothing has it',
  });
}
