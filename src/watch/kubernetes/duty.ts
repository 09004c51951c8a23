// Something that Kubernetes is kept told of: when it is due, and what is done then.

import type { WrittenObject } from '../../kubernetes/write-result.ts';
import type { WholeSight, NodeStanding } from './standing.ts';

export interface Observation {
  readonly sight: WholeSight;
  readonly standing: NodeStanding;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface Duty {
  readonly object: WrittenObject;
  /** Completes "Kubernetes could not be told: …". */
  readonly what: string;
  /** Is shown each look, before it is asked when it is due. */
  readonly notice: (observation: Observation) => void;
  /** Milliseconds since the epoch; `Infinity` while there is nothing to do. */
  readonly dueMs: () => number;
  /** @throws ApiTrouble; then it is tried again later */
  readonly perform: (nowMs: number) => Promise<void>;
}
