// One http request through a proxy, which wants the whole URL in the request line (RFC 9112, 3.2.2).
//
// Most refuse CONNECT to port 80. The credentials go to the proxy, which must not pass them on (RFC 9110, 11.7.1).

import type { Socket } from 'node:net';
import { HttpProxyAgent } from 'http-proxy-agent';
import { opened, reported, type Route } from '../socket.ts';
import { withoutCredentials } from '../url.ts';
import { credentialsFor, hop } from './proxy-hop.ts';

type Connecting = HttpProxyAgent<string>['connect'];

export class ForwardingAgent extends HttpProxyAgent<string> {
  readonly #origin: URL;
  readonly #route: Route;

  constructor(proxy: URL, route: Route) {
    super(withoutCredentials(proxy), credentialsFor(proxy));
    this.#origin = proxy;
    this.#route = route;
  }

  override connect(...[request, wanted]: Parameters<Connecting>): Promise<Socket> {
    return reported(this.#route, () =>
      hop(this, this.#origin, this.#route, async () => {
        const socket = await super.connect(request, wanted);
        const speaksTls = this.#origin.protocol === 'https:';
        return speaksTls ? opened(socket, 'secureConnect', this.#route.signal) : socket;
      }),
    );
  }
}
