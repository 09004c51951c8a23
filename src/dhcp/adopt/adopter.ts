// Has the daemon take up the leases of a node: a few at a time, and what fails again later.

import type { CachedAttachment } from '../../facts/host/cached-attachment.ts';
import { systemReason } from '../../lib/errno.ts';
import type { RunEffects } from '../../lib/effects.ts';
import type { AdoptionResult } from '../daemon-record.ts';
import { addressSentence, attachmentWords, candidatesIn, leaseClientOf } from './adoption.ts';
import { cachedAttachments, netnsSightOf } from './cache.ts';
import { type Adoption, checkAttachment } from './check.ts';

export interface AdopterSettings {
  readonly cacheDir: string;
  readonly binDir: string;
  readonly plugin: string;
  readonly socket: string;
}

export interface AdoptionObserver {
  readonly adopted: (attachment: CachedAttachment, adoption: Adoption) => void;
  /** Each has been tried once. */
  readonly allTried: () => void;
}

const checksAtOnce = 4;
/** Nodes that were started together must not ask one server together. */
const jitterMs = 500;
const againMs = 60_000;

export class Adopter {
  readonly #settings: AdopterSettings;
  readonly #effects: RunEffects;
  readonly #observer: AdoptionObserver;

  constructor(settings: AdopterSettings, effects: RunEffects, observer: AdoptionObserver) {
    this.#settings = settings;
    this.#effects = effects;
    this.#observer = observer;
  }

  /**
   * Those that are there when it begins: what comes later is known to the daemon that runs now. Ends when all are taken up
   * or gone, or with the signal's reason.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { random, sleep } = this.#effects;
    let left = this.#candidates();
    left = await this.#round(left, signal);
    this.#observer.allTried();
    while (left.length > 0) {
      await sleep(againMs * (0.8 + 0.4 * random()), signal);
      const still = new Set(this.#candidates().map(leaseClientOf));
      left = await this.#round(
        left.filter((one) => still.has(leaseClientOf(one))),
        signal,
      );
    }
  }

  #candidates(): readonly CachedAttachment[] {
    const { live, hidden } = candidatesIn(this.#cached(), this.#settings.socket, netnsSightOf);
    const [first] = hidden;
    if (first !== undefined) {
      const message = `${hidden.length} attachments can't be taken up: what is mounted on ${first.netns} of the host does not come through to this container`;
      this.#effects.log.warn(message, {
        hint: 'mount the hostPath /run/netns with mountPropagation HostToContainer; a mount that is not shared on the host is shared by share-mounts',
      });
    }
    return live;
  }

  /** None where they can't be read: a daemon without old leases is better than no daemon. */
  #cached(): readonly CachedAttachment[] {
    const { cacheDir } = this.#settings;
    try {
      return cachedAttachments(cacheDir);
    } catch (error) {
      const reason = systemReason(error);
      if (reason === undefined) throw error;
      this.#effects.log.warn(`leases can't be taken up, for ${cacheDir} could not be read: ${reason}`);
      return [];
    }
  }

  /** @returns those that have failed */
  async #round(
    attachments: readonly CachedAttachment[],
    signal: AbortSignal,
  ): Promise<readonly CachedAttachment[]> {
    const waiting = [...attachments];
    const failed: CachedAttachment[] = [];
    const take = async (place: number): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if ((await this.#adopt(next, place, signal)) === 'failed') failed.push(next);
      }
    };
    await Promise.all(Array.from({ length: checksAtOnce }, (_, place) => take(place)));
    return failed;
  }

  async #adopt(attachment: CachedAttachment, place: number, signal: AbortSignal): Promise<AdoptionResult> {
    const { random, sleep } = this.#effects;
    await sleep(jitterMs * random(), signal);
    const { plugin, binDir, socket } = this.#settings;
    const settings = {
      plugin,
      binDir,
      daemonSocket: socket,
      relaySocket: `${socket}.check-${place}`,
      signal,
    };
    const adoption = await checkAttachment(attachment, settings).catch((error: unknown) => {
      signal.throwIfAborted();
      return refusedBy(error);
    });
    this.#tell(attachment, adoption);
    this.#observer.adopted(attachment, adoption);
    return adoption.result;
  }

  #tell(attachment: CachedAttachment, { result, address, because }: Adoption): void {
    const { log } = this.#effects;
    const words = attachmentWords(attachment);
    switch (result) {
      case 'same':
        return log.info(`the lease of ${words} goes on: ${address}`);
      case 'unknown':
        return log.info(`the lease of ${words} goes on; its address could not be compared`);
      case 'moved':
        return log.warn(addressSentence(attachment, address), {
          hint: 'restart the pod: nobody else changes the address that it has',
        });
      case 'failed':
        return log.warn(`the lease of ${words} could not be taken up: ${because}`);
    }
  }
}

/** The node's refusal is the trouble of one attachment; anything else is a bug. */
function refusedBy(error: unknown): Adoption {
  const because = systemReason(error);
  if (because === undefined) throw error;
  return { result: 'failed', address: undefined, because };
}
