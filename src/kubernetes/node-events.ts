// Events about the node that this pod runs on, as `kubectl describe node` shows them.

import { recordIn, textIn } from '../cluster/json-value.ts';
import type { ApiRequest, ApiServer, JsonObject } from './api-server.ts';
import { ApiTrouble } from './api-trouble.ts';
import type { WriteObserver } from './write-result.ts';
import type { OwnNode } from './own-node.ts';
import { timestamp } from './timestamp.ts';

export interface EventKind {
  readonly reason: string;
  readonly type: 'Normal' | 'Warning';
}

export interface SeriesState {
  readonly message: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Events about what has no namespace are in this one, where kubectl looks for them. */
const eventsPath = '/api/v1/namespaces/default/events';

const component = 'cni-plugins-installer';
/** An Event's message is at most this long (core/v1 validation). */
const longestEventMessage = 1024;

export class NodeEvents {
  readonly #server: Pick<ApiServer, 'ask'>;
  readonly #node: OwnNode;
  readonly #observe: WriteObserver | undefined;

  /** @param observe is told of each write that succeeds */
  constructor(server: Pick<ApiServer, 'ask'>, node: OwnNode, observe?: WriteObserver) {
    this.#server = server;
    this.#node = node;
    this.#observe = observe;
  }

  /** A new Event, of which the name is returned. It names the Node by its UID: by that kubectl finds it. */
  async begin({ reason, type }: EventKind, state: SeriesState): Promise<string> {
    const { name } = this.#node;
    const uid = textIn(recordIn(await this.#node.read(), 'metadata'), 'uid');
    if (uid === undefined) throw new ApiTrouble('server', 'a Node without a UID');
    const value = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${name}.`, namespace: 'default' },
      involvedObject: { apiVersion: 'v1', kind: 'Node', name, uid },
      reason,
      type,
      source: { component, host: name },
      reportingComponent: component,
      reportingInstance: name,
      firstTimestamp: timestamp(state.firstMs),
      ...changing(state),
    };
    const event = await this.#write({
      method: 'POST',
      path: eventsPath,
      content: { type: 'application/json', value },
    });
    return textIn(recordIn(event, 'metadata'), 'name') ?? '';
  }

  /** The same Event again. @throws ApiTrouble `not-found` once the API server has forgotten it */
  async continue(name: string, state: SeriesState): Promise<void> {
    await this.#write({
      method: 'PATCH',
      path: `${eventsPath}/${encodeURIComponent(name)}`,
      content: { type: 'application/strategic-merge-patch+json', value: changing(state) },
    });
  }

  async #write(request: ApiRequest): Promise<JsonObject> {
    const event = await this.#server.ask(request);
    this.#observe?.('event', 'ok');
    return event;
  }
}

function changing({ message, count, lastMs }: SeriesState): object {
  return { message: message.slice(0, longestEventMessage), count, lastTimestamp: timestamp(lastMs) };
}
