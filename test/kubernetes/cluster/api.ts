// Reads from a cluster's API server, over the socket that its control plane serves it on.

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** On two busy processors an API server that has just started may take long for its first answers. */
const answerTimeoutMs = 60_000;

/** The errors of a socket that nobody serves yet, and of a server behind it that is on its way up. */
const notUpYet = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET']);

export class Api {
  readonly #socketPath: string;

  /** @param root the control plane's root directory as seen from here */
  constructor(root: string) {
    this.#socketPath = join(root, 'run/api.sock');
  }

  /** Resolves to the object or list at this path; undefined where there is none, or no API server yet. */
  async find<Found>(path: string): Promise<Found | undefined> {
    const response = await this.#answer(path);
    if (response === undefined) return undefined;
    const body = await text(response);
    if (response.statusCode === 200) return JSON.parse(body) as Found;
    if (response.statusCode === 404 || (response.statusCode ?? 0) >= 500) return undefined;
    throw new Error(`GET ${path}: ${response.statusCode} ${body}`);
  }

  async #answer(path: string): Promise<IncomingMessage | undefined> {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const request = get({ socketPath: this.#socketPath, path, signal });
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return response;
    } catch (error) {
      if (notUpYet.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  }
}
