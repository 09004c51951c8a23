// What is answered at which path of the watch's port.

import type { StatusAnswer, StatusRoutes } from '../lib/status-server.ts';
import type { NodeMetrics } from '../report/metrics.ts';
import { type Health, livenessOf, readinessOf, type WatchView } from './health.ts';
import type { WatchRecord } from './watch-record.ts';

export interface RouteSources {
  readonly view: () => WatchView;
  readonly record: WatchRecord;
  readonly metrics: NodeMetrics;
  readonly now: () => number;
  /** Of the host; undefined where it is not to be seen. */
  readonly interfaces: () => readonly string[] | undefined;
}

export function watchRoutes({ view, record, metrics, now, interfaces }: RouteSources): StatusRoutes {
  return {
    '/healthz': () => answerOf(livenessOf(view(), now()), true),
    '/readyz': (query) => answerOf(readinessOf(view(), now()), query.has('verbose')),
    '/metrics': async () => {
      record.refresh();
      return { status: 200, contentType: metrics.contentType, body: await metrics.text() };
    },
    '/v1/state': () => stateAnswer(withInterfaces(record.state(), interfaces())),
  };
}

/** What network attachments on this node can stand on. */
function withInterfaces(
  state: object | undefined,
  interfaces: readonly string[] | undefined,
): object | undefined {
  return state === undefined || interfaces === undefined ? state : { ...state, interfaces };
}

function answerOf({ ok, lines }: Health, verbose: boolean): StatusAnswer {
  const words = [ok ? 'ok' : 'not ok', ...(verbose || !ok ? lines : [])];
  return { status: ok ? 200 : 503, contentType: 'text/plain; charset=utf-8', body: `${words.join('\n')}\n` };
}

function stateAnswer(state: object | undefined): StatusAnswer {
  const body = JSON.stringify(state ?? { error: 'the first audit is not over' });
  return { status: state === undefined ? 503 : 200, contentType: 'application/json', body: `${body}\n` };
}
