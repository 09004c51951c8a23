// The Node object of the node that this pod runs on: what is read of it, and the few things that are ever written.

import { recordIn, recordsIn, textIn } from '../cluster/json-value.ts';
import { ApiTrouble } from './api-trouble.ts';
import type { ApiServer, JsonObject } from './api-server.ts';
import type { WriteObserver } from './write-result.ts';

export interface SeenCondition {
  readonly status: string;
  /** As the API has it: RFC 3339. */
  readonly lastHeartbeatTime: string | undefined;
  readonly lastTransitionTime: string | undefined;
}

export interface WrittenCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastHeartbeatTime: string;
  readonly lastTransitionTime: string;
}

export class OwnNode {
  readonly name: string;
  readonly #server: Pick<ApiServer, 'ask'>;
  readonly #path: string;
  readonly #observe: WriteObserver | undefined;

  /** @param observe is told of each write that succeeds */
  constructor(server: Pick<ApiServer, 'ask'>, name: string, observe?: WriteObserver) {
    this.#server = server;
    this.name = name;
    this.#observe = observe;
    this.#path = `/api/v1/nodes/${encodeURIComponent(name)}`;
  }

  /** From what the API server has at hand: ten thousand nodes that look at themselves must not reach etcd. */
  read(): Promise<JsonObject> {
    return this.#server.ask({ method: 'GET', path: `${this.#path}?resourceVersion=0` });
  }

  /** By its type: other conditions, whoever writes them meanwhile, stay as they are. */
  async writeCondition(condition: WrittenCondition): Promise<void> {
    await this.#server.ask({
      method: 'PATCH',
      path: `${this.#path}/status`,
      content: {
        type: 'application/strategic-merge-patch+json',
        value: { status: { conditions: [condition] } },
      },
    });
    this.#observe?.('condition', 'ok');
  }

  /**
   * Removes those with the key, if they stand where they were seen.
   * @param taints all of the Node, as they were read
   * @throws ApiTrouble `conflict` where they have changed since
   */
  async removeTaints(taints: readonly JsonObject[], key: string): Promise<void> {
    const value = taints
      .flatMap((taint, index) => (taint['key'] === key ? [removal(taint, index)] : []))
      .toReversed()
      .flat();
    const content = { type: 'application/json-patch+json', value };
    try {
      await this.#server.ask({ method: 'PATCH', path: this.#path, content });
    } catch (error) {
      if (!(error instanceof ApiTrouble) || error.kind !== 'refused') throw error;
      // A test that fails is answered as a request that makes no sense.
      throw new ApiTrouble('conflict', error.message, { cause: error });
    }
    this.#observe?.('taint', 'ok');
  }
}

function removal(taint: JsonObject, index: number): readonly object[] {
  const path = `/spec/taints/${index}`;
  return [
    { op: 'test', path, value: taint },
    { op: 'remove', path },
  ];
}

export function taintsIn(node: JsonObject): readonly JsonObject[] {
  return recordsIn(recordIn(node, 'spec'), 'taints');
}

/** Undefined where nobody has written it yet. */
export function conditionIn(node: JsonObject, type: string): SeenCondition | undefined {
  const found = recordsIn(recordIn(node, 'status'), 'conditions').find((one) => textIn(one, 'type') === type);
  return (
    found && {
      status: textIn(found, 'status') ?? 'Unknown',
      lastHeartbeatTime: textIn(found, 'lastHeartbeatTime'),
      lastTransitionTime: textIn(found, 'lastTransitionTime'),
    }
  );
}
