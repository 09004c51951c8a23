// Makes sockets: TCP to a host, and TLS over what leads there.

import { once } from 'node:events';
import net, { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { type Authorities, trusting } from './authorities.ts';
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

export async function tcp(url: URL, signal: AbortSignal): Promise<Duplex> {
  return opened(net.connect({ host: hostOf(url), port: portOf(url) }), 'connect', signal);
}

/** TLS with the host of the URL, loaded only where it is spoken; `dial` is called again to try other authorities. */
export async function encrypted(
  url: URL,
  { authorities, signal }: Pick<Route, 'authorities' | 'signal'>,
  dial: () => Promise<Duplex>,
): Promise<TLSSocket> {
  const { connect } = await import('node:tls');
  return trusting(authorities, async (trusted) => {
    const options: ConnectionOptions = {
      socket: await dial(),
      host: hostOf(url),
      ALPNProtocols: ['http/1.1'],
      ...serverNameOf(url),
    };
    if (trusted !== undefined) options.ca = [...trusted];
    return opened(connect(options), 'secureConnect', signal);
  });
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
