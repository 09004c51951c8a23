// What Kubernetes shall be told of this node.

import { Failure } from '../../failure/failure.ts';
import type { OptionReader } from '../option-reader.ts';

export interface HeraldWish {
  readonly nodeName: string;
  /** Undefined: no condition. */
  readonly condition: { readonly heartbeatMs: number } | undefined;
  readonly events: boolean;
  /** The key of the taint that goes when the node is proved. */
  readonly startupTaint: string | undefined;
  /** Where it shows whether the runtime calls Multus; undefined: that does not matter. */
  readonly confDir: string | undefined;
}

type Told =
  | 'node-condition'
  | 'condition-heartbeat'
  | 'events'
  | 'startup-taint'
  | 'cni-conf-dir'
  | 'node-name';

/** Each heartbeat of each node is a write that all who watch Nodes read. */
const shortestHeartbeatMs = 60_000;

/** Undefined where nothing shall be told. */
export function heraldWishOf(read: OptionReader<Told>): HeraldWish | undefined {
  const nodeName = read.text('node-name');
  const events = read.boolean('events');
  const confDir = read.given('cni-conf-dir') && read.path('cni-conf-dir');
  const wish = { condition: conditionWishOf(read), events, startupTaint: startupTaintOf(read), confDir };
  const asking = askingFor(wish);
  if (asking === undefined) return undefined;
  if (nodeName === undefined) throw nameless(asking);
  return { nodeName, ...wish };
}

function conditionWishOf(read: OptionReader<Told>): HeraldWish['condition'] {
  const heartbeatMs = read.durationMs('condition-heartbeat');
  if (heartbeatMs < shortestHeartbeatMs) {
    throw read.refusal('condition-heartbeat', 'is too short', 'one minute or more');
  }
  return read.boolean('node-condition') ? { heartbeatMs } : undefined;
}

/** A label's key: a name, with a DNS subdomain before it or none. */
const taintKey = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;

function startupTaintOf(read: OptionReader<Told>): string | undefined {
  const key = read.text('startup-taint');
  if (key === undefined || taintKey.test(key)) return key;
  throw read.refusal(
    'startup-taint',
    'is not the key of a taint',
    'a key without value and effect, as in example.org/starting',
  );
}

/** The first option by which there is anything to tell. */
function askingFor({ condition, events, startupTaint }: Omit<HeraldWish, 'nodeName'>): string | undefined {
  if (condition !== undefined) return '--node-condition';
  if (events) return '--events';
  return startupTaint === undefined ? undefined : '--startup-taint';
}

function nameless(option: string): Failure {
  return new Failure('node-name-missing', {
    message: `${option} wants the name that this node has in Kubernetes, and nothing has it`,
  });
}
