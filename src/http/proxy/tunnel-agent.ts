// One https request through a proxy: a tunnel by CONNECT, and in it TLS with the target.

import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { errnoOf } from '../../lib/errno.ts';
import { heldByNobody, reported, type Route, tlsThrough } from '../socket.ts';
import { withoutCredentials } from '../url.ts';
import { NoProxyAnswer, type ProxyAnswer, ProxyRefusal } from './proxy-error.ts';
import { credentialsFor, hop } from './proxy-hop.ts';

type TunnelOptions = Parameters<HttpsProxyAgent<string>['connect']>[1];

export class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #origin: URL;
  readonly #route: Route;

  constructor(proxy: URL, route: Route) {
    super(withoutCredentials(proxy), credentialsFor(proxy));
    this.#origin = proxy;
    this.#route = route;
  }

  /** TLS is not the package's here: it would be done before anybody could say which authorities to try next. */
  override connect(request: ClientRequest, wanted: TunnelOptions): Promise<Socket> {
    const { target } = this.#route;
    const open = (): Promise<Socket> =>
      hop(this, this.#origin, this.#route, () => this.#tunnel(request, wanted));
    return reported(this.#route, () => tlsThrough(open, target, this.#route));
  }

  async #connected(request: ClientRequest, wanted: TunnelOptions): Promise<Socket> {
    try {
      return await super.connect(request, { ...wanted, secureEndpoint: false });
    } catch (error) {
      const isBug = error instanceof TypeError || error instanceof RangeError;
      throw isBug || errnoOf(error) !== undefined ? error : new NoProxyAnswer(error);
    }
  }

  async #tunnel(request: ClientRequest, wanted: TunnelOptions): Promise<Socket> {
    let answer: ProxyAnswer | undefined;
    this.once('proxyConnect', (head: ProxyAnswer) => (answer = head));
    const socket = await this.#connected(request, wanted);
    heldByNobody(socket);
    if (answer?.statusCode === 200) return socket;
    // What the package would have us read as the target's answer.
    socket.destroy();
    if (answer === undefined || Number.isNaN(answer.statusCode)) throw new NoProxyAnswer(undefined);
    throw new ProxyRefusal(this.#origin, answer);
  }
}
