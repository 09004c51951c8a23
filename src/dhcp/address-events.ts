// Events on the Node for addresses that came back different. Whatever becomes of them, the daemon goes on.

import type { Effects } from '../engine/context.ts';
import { ownApiServer } from '../kubernetes/own-api-server.ts';
import { ApiTrouble } from '../kubernetes/api-trouble.ts';
import { NodeEvents } from '../kubernetes/node-events.ts';
import { OwnNode } from '../kubernetes/own-node.ts';
import { Bell } from '../lib/bell.ts';
import type { RunEffects } from '../lib/effects.ts';

/** More at once are one trouble of the DHCP server, which log and metrics tell. */
const mostWaiting = 50;
const pauseMs = 30_000;
/** What the API server has refused for so long nobody reads any more. */
const mostTries = 20;

/** @throws Failure `usage` outside a pod */
export function addressEventsOn(nodeName: string, effects: Effects): AddressEvents {
  const server = ownApiServer(effects);
  return new AddressEvents(new NodeEvents(server, new OwnNode(server, nodeName)), effects);
}

export class AddressEvents {
  readonly #events: Pick<NodeEvents, 'begin'>;
  readonly #effects: RunEffects;
  readonly #bell = new Bell();
  readonly #waiting: { readonly message: string; readonly atMs: number }[] = [];

  constructor(events: Pick<NodeEvents, 'begin'>, effects: RunEffects) {
    this.#events = events;
    this.#effects = effects;
  }

  moved(message: string): void {
    if (this.#waiting.length >= mostWaiting) return;
    this.#waiting.push({ message, atMs: this.#effects.now() });
    this.#bell.ring();
  }

  /** Rejects with the signal's reason, once it is aborted. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) await this.#bell.wait(Infinity, signal);
      else {
        await this.#write(next.message, next.atMs, signal);
        this.#waiting.shift();
      }
    }
  }

  async #write(message: string, atMs: number, signal: AbortSignal): Promise<void> {
    const { sleep, random, log } = this.#effects;
    for (let tries = 1; tries <= mostTries; tries += 1) {
      try {
        const kind = { reason: 'CNIDhcpAddressMoved', type: 'Warning' } as const;
        await this.#events.begin(kind, { message, count: 1, firstMs: atMs, lastMs: atMs });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ApiTrouble)) throw error;
        if (tries === 1) log.warn(`Kubernetes could not be told of an address: ${error.message}`);
        await sleep(pauseMs * (1 + random()), signal);
      }
    }
  }
}
