// The hop to the proxy, whatever is asked of it there: with which credentials and authorities, and how it fails.

import type { TcpNetConnectOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { trusting } from '../authorities.ts';
import { type Route, serverNameOf } from '../socket.ts';
import { basicCredentials } from '../url.ts';
import { DialError, ProxyRefusal } from './proxy-error.ts';

/** Beside the proxy's URL without its user part: what a package makes of that fails on a lone %. */
export function credentialsFor(proxy: URL): { readonly headers: Record<string, string> } {
  const credentials = basicCredentials(proxy);
  return { headers: credentials === undefined ? {} : { 'Proxy-Authorization': credentials } };
}

/** An agent of the proxy packages, as far as it says how it connects to the proxy. */
interface Hopping {
  connectOpts: TcpNetConnectOpts & ConnectionOptions;
}

/**
 * Lets the agent connect to the proxy, by the operator's authorities first.
 * @throws ProxyRefusal where `dial` does, DialError for everything else
 */
export async function hop<Socket>(
  agent: Hopping,
  proxy: URL,
  route: Route,
  dial: () => Promise<Socket>,
): Promise<Socket> {
  const options = { ...agent.connectOpts, signal: route.signal, ...serverNameOf(proxy) };
  try {
    return await trusting(route.authorities, (trusted) => {
      agent.connectOpts = trusted === undefined ? options : { ...options, ca: [...trusted] };
      return dial();
    });
  } catch (error) {
    throw error instanceof ProxyRefusal ? error : new DialError(proxy, error);
  }
}
