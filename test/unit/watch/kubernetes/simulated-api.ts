// A Node object as the API server keeps it, faults by order, and a herald before it with a clock of the test's own.

import { vi } from 'vitest';
import { type ApiRequest, type JsonObject } from '../../../../src/kubernetes/api-server.ts';
import { ApiTrouble, type TroubleKind } from '../../../../src/kubernetes/api-trouble.ts';
import { OwnNode } from '../../../../src/kubernetes/own-node.ts';
import type { WriteObserver } from '../../../../src/kubernetes/write-result.ts';
import type { TroubleView } from '../../../../src/watch/health.ts';
import { type Duties, Herald } from '../../../../src/watch/kubernetes/herald.ts';
import type { WholeSight } from '../../../../src/watch/kubernetes/standing.ts';

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
  taints: { key: string; effect: string }[] = [];
  /** By name, with all that was ever written of them. */
  readonly events = new Map<string, Record<string, unknown>>();
  readonly asked: (ApiRequest & { readonly atMs: number })[] = [];
  trouble: { readonly kind: TroubleKind; readonly retryAfterMs?: number } | undefined;

  async ask(request: ApiRequest): Promise<JsonObject> {
    this.asked.push({ ...request, atMs: Date.now() });
    if (this.trouble !== undefined) throw new ApiTrouble(this.trouble.kind, 'as ordered', this.trouble);
    if (request.path.startsWith('/api/v1/namespaces/default/events')) return this.#event(request);
    if (request.path.endsWith('/status')) this.#merge(request);
    else if (request.method === 'PATCH') this.#patchTaints(request);
    return {
      metadata: { name: 'a', uid: 'uid-of-a' },
      spec: { taints: this.taints },
      status: { conditions: this.conditions },
    };
  }

  #event({ method, path, content }: ApiRequest): JsonObject {
    const name = method === 'POST' ? `a.${this.events.size + 1}` : (path.split('/').at(-1) ?? '');
    const before = this.events.get(name);
    if (method === 'PATCH' && before === undefined) throw new ApiTrouble('not-found', `there is no ${name}`);
    this.events.set(name, { ...before, ...(content?.value as Record<string, unknown>) });
    return { metadata: { name } };
  }

  /** JSON Patch, as far as it is used: a test that fails refuses the whole. */
  #patchTaints({ content }: ApiRequest): void {
    const taints = [...this.taints];
    const operations = content?.value as { op: string; path: string; value?: unknown }[] | undefined;
    for (const { op, path, value } of operations ?? []) {
      const index = Number(path.split('/').at(-1));
      if (op === 'remove') taints.splice(index, 1);
      else if (JSON.stringify(taints[index]) !== JSON.stringify(value))
        throw new ApiTrouble('refused', 'test failed');
    }
    this.taints = taints;
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
  multus: WholeSight['multus'];

  look(): WholeSight {
    const { deepAuditDone, mountsAreFine, troubles } = this;
    const view = { lastGlanceMs: Date.now(), glancePeriodMs: 10_000, deepAuditDone, mountsAreFine, troubles };
    return {
      view,
      contended: this.contended,
      release: this.release,
      unshared: this.unshared,
      multus: this.multus,
    };
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
  /** What was told and what came of it, each time. */
  readonly counted: string[];
  readonly end: Promise<unknown>;
  readonly stop: () => void;
}

/** The clock has to be vitest's. */
export function proclaim(
  dutiesFor: (node: OwnNode, api: SimulatedApi, observe: WriteObserver) => Duties,
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
  const counted: string[] = [];
  const observe: WriteObserver = (object, result) => void counted.push(`${object} ${result}`);
  const duties = dutiesFor(new OwnNode(api, 'a', observe), api, observe);
  const herald = new Herald(() => sight.look(), { ...duties, observe }, effects);
  const end = herald.run(stopping.signal).catch((error: unknown) => error);
  return { herald, api, sight, lines, counted, end, stop: () => stopping.abort(new Error('stopped')) };
}

export function pass(ms: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(ms);
}
