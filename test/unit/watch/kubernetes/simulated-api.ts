// A Node object as the API server keeps it, faults by order, and a herald before it with a clock of the test's own.

import { vi } from 'vitest';
import { type ApiRequest, type JsonObject } from '../../../../src/kubernetes/api-server.ts';
import { ApiTrouble, type TroubleKind } from '../../../../src/kubernetes/api-trouble.ts';
import { OwnNode } from '../../../../src/kubernetes/own-node.ts';
import type { TroubleView } from '../../../../src/watch/health.ts';
import type { Duty } from '../../../../src/watch/kubernetes/duty.ts';
import { Herald } from '../../../../src/watch/kubernetes/herald.ts';
import type { NodeSight } from '../../../../src/watch/kubernetes/standing.ts';

export interface SimulatedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
}

export class SimulatedApi {
  readonly conditions: SimulatedCondition[] = [{ type: 'Ready', status: 'True' }];
  readonly asked: (ApiRequest & { readonly atMs: number })[] = [];
  trouble: { readonly kind: TroubleKind; readonly retryAfterMs?: number } | undefined;

  async ask(request: ApiRequest): Promise<JsonObject> {
    this.asked.push({ ...request, atMs: Date.now() });
    if (this.trouble !== undefined) throw new ApiTrouble(this.trouble.kind, 'as ordered', this.trouble);
    if (request.method === 'PATCH' && request.path.endsWith('/status')) this.#merge(request);
    return { metadata: { name: 'a', uid: 'uid-of-a' }, status: { conditions: this.conditions } };
  }

  #merge({ content }: ApiRequest): void {
    const value = content?.value as { status: { conditions: SimulatedCondition[] } } | undefined;
    for (const condition of value?.status.conditions ?? []) {
      const at = this.conditions.findIndex(({ type }) => type === condition.type);
      this.conditions.splice(at < 0 ? this.conditions.length : at, 1, condition);
    }
  }

  get writes(): readonly (ApiRequest & { readonly atMs: number })[] {
    return this.asked.filter(({ method }) => method !== 'GET');
  }

  condition(type: string): SimulatedCondition | undefined {
    return this.conditions.find((one) => one.type === type);
  }
}

/** What the herald is shown; a test changes it, and rings. */
export class SimulatedSight {
  deepAuditDone = true;
  mountsAreFine = true;
  troubles: TroubleView[] = [];
  contended: string[] = [];
  release: string | undefined = 'v1.9.1';
  unshared: string[] = [];

  look(): NodeSight {
    const { deepAuditDone, mountsAreFine, troubles } = this;
    const view = { lastGlanceMs: Date.now(), glancePeriodMs: 10_000, deepAuditDone, mountsAreFine, troubles };
    return { view, contended: this.contended, release: this.release, unshared: this.unshared };
  }

  /** A plugin that is not there, since now. */
  lose(name: string, more: Partial<TroubleView> = {}): void {
    const because = `${name} is not there`;
    const trouble = { name, because, works: false, sinceMs: Date.now(), repairFailed: false, ...more };
    this.troubles = [...this.troubles, trouble];
  }
}

export interface Proclamation {
  readonly herald: Herald;
  readonly api: SimulatedApi;
  readonly sight: SimulatedSight;
  readonly lines: string[];
  readonly end: Promise<unknown>;
  readonly stop: () => void;
}

/** The clock has to be vitest's. */
export function proclaim(
  dutiesFor: (node: OwnNode) => readonly Duty[],
  { api = new SimulatedApi(), sight = new SimulatedSight(), random = 0.5 } = {},
): Proclamation {
  const lines: string[] = [];
  const stopping = new AbortController();
  const write = (message: string): void => void lines.push(message);
  const effects = {
    log: { debug: () => undefined, info: write, warn: write, error: write },
    signal: stopping.signal,
    now: () => Date.now(),
    random: () => random,
    sleep: async () => undefined,
  };
  const herald = new Herald(() => sight.look(), dutiesFor(new OwnNode(api, 'a')), effects);
  const end = herald.run(stopping.signal).catch((error: unknown) => error);
  return { herald, api, sight, lines, end, stop: () => stopping.abort(new Error('stopped')) };
}

export function pass(ms: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(ms);
}
