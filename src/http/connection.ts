// Makes the connection for one request: TCP, a proxy's tunnel, TLS with our authorities; as an Agent for node-fetch.

import { once } from 'node:events';
import http from 'node:http';
import net, { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { type Authorities, trusting } from './authorities.ts';
import { basicCredentials, hostOf, portOf, redactUrl } from './url.ts';

export interface Route {
  readonly target: URL;
  /** Undefined for a direct connection. */
  readonly proxy: URL | undefined;
  /** Undefined for Node's own. They hold for the target and for a proxy that speaks TLS. */
  readonly authorities: Authorities | undefined;
  /** Closes whatever is half open. */
  readonly signal: AbortSignal;
  readonly onConnected: () => void;
  /** node-fetch keeps only code and text of an error, so the error itself is handed over here. */
  readonly onFailure: (error: unknown) => void;
}

/** The proxy could not be reached; `cause` says why. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly proxy: string;

  constructor(proxy: URL, cause: unknown) {
    super('the proxy could not be reached', { cause });
    this.proxy = redactUrl(proxy);
  }
}

/** The proxy answered CONNECT with something else than 2xx. That answer is the proxy's, never taken for the target's. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal';
  readonly proxy: string;
  readonly status: number;
  readonly statusText: string;
  readonly retryAfter: string | undefined;

  constructor(proxy: URL, answer: http.IncomingMessage) {
    super('the proxy refused the tunnel');
    this.proxy = redactUrl(proxy);
    this.status = answer.statusCode ?? 0;
    this.statusText = answer.statusMessage ?? '';
    this.retryAfter = answer.headers['retry-after'];
  }
}

/** An agent for exactly one request to the route's target. TLS is loaded only where it is spoken. */
export async function agentFor(route: Route): Promise<http.Agent> {
  if (route.target.protocol === 'https:') {
    const { Agent } = await import('node:https');
    return dialling(new Agent(oneRequest), route, tlsSocket);
  }
  const agent =
    route.proxy === undefined ? new http.Agent(oneRequest) : new ForwardedAgent(route.target, route.proxy);
  return dialling(agent, route, plainSocket);
}

const oneRequest = { keepAlive: false };

type Dialled = (error: Error | null, socket: Duplex) => void;

/** Gives an agent our way to its socket. */
function dialling(agent: http.Agent, route: Route, open: (route: Route) => Promise<Duplex>): http.Agent {
  agent.createConnection = (_options: unknown, dialled?: Dialled): undefined => {
    void connect(route, open, dialled);
  };
  return agent;
}

declare module 'http' {
  interface Agent {
    /** Where ClientRequest asks its agent for a socket, before the request line is written. Not in @types/node. */
    addRequest(request: http.ClientRequest, options: unknown): void;
  }
}

/**
 * For plain HTTP a proxy wants the whole URL in the request line (RFC 9112, 3.2.2); most refuse CONNECT to port 80.
 * The credentials go to the proxy, which must not pass them on (RFC 9110, 11.7.1).
 */
class ForwardedAgent extends http.Agent {
  readonly #target: URL;
  readonly #proxy: URL;

  constructor(target: URL, proxy: URL) {
    super(oneRequest);
    this.#target = target;
    this.#proxy = proxy;
  }

  override addRequest(request: http.ClientRequest, options: unknown): void {
    request.path = `${this.#target.origin}${request.path}`;
    const credentials = basicCredentials(this.#proxy);
    if (credentials !== undefined) request.setHeader('proxy-authorization', credentials);
    super.addRequest(request, options);
  }
}

async function connect(
  route: Route,
  open: (route: Route) => Promise<Duplex>,
  dialled: Dialled | undefined,
): Promise<void> {
  try {
    const socket = await open(route);
    route.onConnected();
    dialled?.(null, socket);
  } catch (error) {
    route.onFailure(error);
    // The callback's type wants a socket even with an error; Node doesn't look at it.
    dialled?.(error instanceof Error ? error : new Error(String(error)), undefined as unknown as Duplex);
  }
}

function plainSocket(route: Route): Promise<Duplex> {
  return route.proxy === undefined ? tcp(route.target, route) : toProxy(route.proxy, route);
}

async function tlsSocket(route: Route): Promise<Duplex> {
  const { proxy, target } = route;
  return encrypted(target, route, () => (proxy === undefined ? tcp(target, route) : tunnel(proxy, route)));
}

async function toProxy(proxy: URL, route: Route): Promise<Duplex> {
  try {
    const dial = (): Promise<Duplex> => tcp(proxy, route);
    return proxy.protocol === 'https:' ? await encrypted(proxy, route, dial) : await dial();
  } catch (error) {
    throw new DialError(proxy, error);
  }
}

async function tcp(url: URL, { signal }: Route): Promise<Duplex> {
  return opened(net.connect({ host: hostOf(url), port: portOf(url) }), 'connect', signal);
}

async function encrypted(url: URL, route: Route, dial: () => Promise<Duplex>): Promise<Duplex> {
  const { connect: connectTls } = await import('node:tls');
  const host = hostOf(url);
  return trusting(route.authorities, async (trusted) => {
    const options: ConnectionOptions = { socket: await dial(), host, ALPNProtocols: ['http/1.1'] };
    // SNI carries names only (RFC 6066, 3); an address is checked against the certificate all the same, through `host`.
    if (isIP(host) === 0) options.servername = host;
    if (trusted !== undefined) options.ca = [...trusted];
    return opened(connectTls(options), 'secureConnect', route.signal);
  });
}

async function opened(socket: Duplex, event: string, signal: AbortSignal): Promise<Duplex> {
  // Whoever holds the socket next listens for errors too; between the two an error must not be the process's end.
  socket.on('error', () => undefined);
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function tunnel(proxy: URL, route: Route): Promise<Duplex> {
  const socket = await toProxy(proxy, route);
  try {
    const answer = await askForTunnel(socket, proxy, route);
    const accepted = answer.statusCode !== undefined && answer.statusCode >= 200 && answer.statusCode < 300;
    if (!accepted) throw new ProxyRefusal(proxy, answer);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error instanceof ProxyRefusal ? error : new DialError(proxy, error);
  }
}

async function askForTunnel(socket: Duplex, proxy: URL, route: Route): Promise<http.IncomingMessage> {
  const authority = `${route.target.hostname}:${portOf(route.target)}`;
  const credentials = basicCredentials(proxy);
  const request = http.request({
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      ...(credentials === undefined ? {} : { 'proxy-authorization': credentials }),
    },
    createConnection: () => socket,
  });
  request.end();
  const [answer] = (await once(request, 'connect', { signal: route.signal })) as [http.IncomingMessage];
  return answer;
}
