// Makes sockets: TCP and TLS to a host, and TLS through what leads there.

import { once } from 'node:events';
import net, { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { type Authorities, trusting } from './authorities.ts';
import { GatheringSocket } from './pieces/gathering-socket.ts';
import { hostOf, portOf } from './url.ts';

export interface Route {
  readonly target: URL;
  /** Undefined for Node's own. They hold for the target and for a proxy that speaks TLS. */
  readonly authorities: Authorities | undefined;
  /** Closes whatever is half open. */
  readonly signal: AbortSignal;
  readonly onConnected: () => void;
  /** node-fetch keeps only code and text of an error, so the error itself is handed over here. */
  readonly onFailure: (error: unknown) => void;
}

/** Opens what leads to the target, and tells the route's owner what came of it. */
export async function reported<Socket>(route: Route, open: () => Promise<Socket>): Promise<Socket> {
  try {
    const socket = await open();
    route.onConnected();
    return socket;
  } catch (error) {
    route.onFailure(error);
    throw error;
  }
}

export function tcp(url: URL, signal: AbortSignal): Promise<Duplex> {
  const endpoint = endpointOf(url);
  return opened(new GatheringSocket((onread) => net.connect({ ...endpoint, onread })), 'connect', signal);
}

/** TLS with the host of the URL, loaded only where it is spoken. */
export async function tls(
  url: URL,
  { authorities, signal }: Pick<Route, 'authorities' | 'signal'>,
): Promise<Duplex> {
  const { connect } = await import('node:tls');
  return trusting(authorities, (trusted) => {
    const options: ConnectionOptions = { ...endpointOf(url), ...tlsOptions(url, trusted) };
    const socket = new GatheringSocket((onread) => connect(Object.assign(options, { onread })));
    return opened(socket, 'secureConnect', signal);
  });
}

/** The same in a tunnel that leads there, which `dial` makes again to try other authorities; read record by record. */
export async function tlsThrough(
  dial: () => Promise<Duplex>,
  url: URL,
  { authorities, signal }: Pick<Route, 'authorities' | 'signal'>,
): Promise<TLSSocket> {
  const { connect } = await import('node:tls');
  return trusting(authorities, async (trusted) => {
    const options = { socket: await dial(), host: hostOf(url), ...tlsOptions(url, trusted) };
    return opened(connect(options), 'secureConnect', signal);
  });
}

function endpointOf(url: URL): { host: string; port: number } {
  return { host: hostOf(url), port: portOf(url) };
}

function tlsOptions(url: URL, trusted: readonly string[] | undefined): ConnectionOptions {
  return {
    ALPNProtocols: ['http/1.1'],
    ...serverNameOf(url),
    ...(trusted !== undefined && { ca: [...trusted] }),
  };
}

/** SNI carries names only (RFC 6066, 3); an address is checked against the certificate all the same, through `host`. */
export function serverNameOf(url: URL): { servername?: string } {
  const host = hostOf(url);
  return isIP(host) === 0 ? { servername: host } : {};
}

/** The socket once the event has come; closed where an error or the signal comes first. */
export async function opened<Socket extends Duplex>(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<Socket> {
  heldByNobody(socket);
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Whoever holds the socket next listens for errors too; between the two an error must not be the process's end. */
export function heldByNobody(socket: Duplex): void {
  socket.on('error', () => undefined);
}
