// One request with node-fetch, and the head of its answer: through the proxy and by the authorities that it is told.

import { Readable } from 'node:stream';
import fetch from 'node-fetch';
import type { Authorities } from './authorities.ts';
import { agentFor } from './connection.ts';
import { type ProxySettings, proxyFor } from './proxy/which-proxy.ts';
import type { ResponseHead } from './resume.ts';
import type { Route } from './socket.ts';
import type { Patience } from './timeouts.ts';

export interface Sending {
  /** Without credentials. */
  readonly url: URL;
  /** `GET` unless told. */
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly proxies: ProxySettings;
  readonly authorities: Authorities | undefined;
  readonly patience: Patience;
}

export interface HttpAnswer {
  readonly head: ResponseHead;
  /** Has to be read to its end or destroyed. */
  readonly body: Readable;
}

/** Whatever the answer is, also a redirect. Rejects with the error of the network or of TLS. */
export async function sendRequest(sending: Sending): Promise<HttpAnswer> {
  const { url, method = 'GET', headers, body, authorities, patience } = sending;
  let dialFailure: unknown;
  const route: Route = {
    target: url,
    authorities,
    signal: patience.signal,
    onConnected: patience.progressed,
    onFailure: (error) => (dialFailure = error),
  };
  const agent = await agentFor(route, proxyFor(url, sending.proxies));
  patience.connecting();
  try {
    const response = await fetch(url, {
      agent,
      method,
      ...(body === undefined ? {} : { body }),
      signal: patience.signal,
      redirect: 'manual',
      // Bytes as they are stored: the digest is over them, and a Range counts them.
      compress: false,
      headers: { ...headers, 'accept-encoding': 'identity' },
    });
    patience.progressed();
    return { head: responseHead(response), body: streamOf(response.body) };
  } catch (error) {
    throw dialFailure ?? error;
  }
}

function responseHead(response: Awaited<ReturnType<typeof fetch>>): ResponseHead {
  const { status, statusText, headers } = response;
  return { status, statusText, header: (name) => headers.get(name) ?? undefined };
}

function streamOf(body: NodeJS.ReadableStream | null): Readable {
  return body instanceof Readable ? body : Readable.from([]);
}
