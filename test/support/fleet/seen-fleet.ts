// From kubectl's JSON to a fleet, as the verb goes: what tests of the model and of its reports begin with.

import { readClusterObjects } from '../../../src/cluster/kubectl.ts';
import type { Fleet } from '../../../src/fleet/fleet.ts';
import { mergedObjects } from '../../../src/fleet/merged.ts';
import type { LiveAnswers } from '../../../src/fleet/node-states.ts';
import { fleetOf } from '../../../src/fleet/survey.ts';
import { type JsonObject, listJson } from './cluster-json.ts';

export interface Seen {
  readonly live?: LiveAnswers;
  readonly cluster?: string;
  /** Default: a minute after the reports of the tests were left. */
  readonly takenMs?: number;
  readonly installerVersion?: string;
}

export function fleetIn(texts: readonly string[], seen: Seen = {}): Fleet {
  const objects = mergedObjects(texts.map((text) => readClusterObjects(Buffer.from(text))));
  const { live, cluster = 'test', takenMs = Date.UTC(2026, 0, 1, 0, 1), installerVersion = '0.0.0' } = seen;
  return fleetOf({ objects, live, cluster, takenMs, installerVersion });
}

export function fleetWith(objects: readonly JsonObject[], seen: Seen = {}): Fleet {
  return fleetIn([listJson(objects)], seen);
}
