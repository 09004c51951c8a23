// Makes the connection for one request, as an Agent for node-fetch: straight to the host, or through a proxy.

import http from 'node:http';
import type { Duplex } from 'node:stream';
import { reported, type Route, tcp, tls } from './socket.ts';

/**
 * An agent for exactly one request to the route's target. TLS and what speaks with proxies are loaded only where they are
 * used.
 * @param proxy undefined for a direct connection
 */
export async function agentFor(route: Route, proxy: URL | undefined): Promise<http.Agent> {
  const isSecure = route.target.protocol === 'https:';
  if (proxy === undefined) return isSecure ? secureAgent(route) : plainAgent(route);
  if (!isSecure) return new (await import('./proxy/forwarding-agent.ts')).ForwardingAgent(proxy, route);
  return new (await import('./proxy/tunnel-agent.ts')).TunnelAgent(proxy, route);
}

const oneRequest = { keepAlive: false };

function plainAgent(route: Route): http.Agent {
  return dialling(new http.Agent(oneRequest), route, () => tcp(route.target, route.signal));
}

async function secureAgent(route: Route): Promise<http.Agent> {
  const { Agent } = await import('node:https');
  return dialling(new Agent(oneRequest), route, () => tls(route.target, route));
}

type Dialled = (error: Error | null, socket: Duplex) => void;

/** Gives an agent our way to its socket. */
function dialling(agent: http.Agent, route: Route, open: () => Promise<Duplex>): http.Agent {
  agent.createConnection = (_options: unknown, dialled?: Dialled): undefined => {
    reported(route, open).then(
      (socket) => dialled?.(null, socket),
      // The callback's type wants a socket even with an error; Node doesn't look at it.
      (error) => dialled?.(asError(error), undefined as unknown as Duplex),
    );
  };
  return agent;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
