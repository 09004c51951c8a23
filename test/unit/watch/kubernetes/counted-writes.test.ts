// Promises of the count of what Kubernetes is told: each write once, each try that failed once, and why.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NodeEvents } from '../../../../src/kubernetes/node-events.ts';
import { ConditionDuty } from '../../../../src/watch/kubernetes/condition-duty.ts';
import { EventsDuty } from '../../../../src/watch/kubernetes/events-duty.ts';
import { TaintDuty } from '../../../../src/watch/kubernetes/taint-duty.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { pass, proclaim, type Proclamation, SimulatedApi } from './simulated-api.ts';

const second = 1000;
const key = 'example.org/starting';
const random = (): number => 0.5;

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }),
);
afterEach(() => void vi.useRealTimers());

function tellingAll(api = new SimulatedApi()): Proclamation {
  return proclaim(
    (node, server, observe) => {
      const events = new EventsDuty(new NodeEvents(server, node, observe));
      const condition = new ConditionDuty(node, { heartbeatMs: 900 * second, random });
      return { duties: [new TaintDuty(node, { key, random, log: silentLog }), condition, events], events };
    },
    { api },
  );
}

const absent = { name: 'macvlan', trouble: 'absent', because: 'macvlan is not there' } as const;

it('has each write that went through, and nothing of what was only read', async () => {
  const api = new SimulatedApi();
  api.taints = [{ key, effect: 'NoSchedule' }];
  const { herald, counted } = tellingAll(api);
  await pass(5 * second);
  herald.repaired(absent);
  await pass(600 * second);

  expect(counted).toEqual(['taint ok', 'condition ok', 'event ok']);
});

it('has each try that failed, also where it was the look before the write that did', async () => {
  const api = new SimulatedApi();
  api.trouble = { kind: 'unauthorized' };
  const { herald, counted } = tellingAll(api);
  herald.repaired(absent);
  await pass(60 * second);
  expect(new Set(counted)).toEqual(
    new Set(['taint unauthorized', 'condition unauthorized', 'event unauthorized']),
  );

  api.trouble = undefined;
  counted.length = 0;
  await pass(300 * second);
  expect(counted.toSorted()).toEqual(['condition ok', 'event ok']);
});

it('calls a taint that somebody else has changed meanwhile the conflict that it is', async () => {
  const api = new SimulatedApi();
  api.taints = [{ key, effect: 'NoSchedule' }];
  const ask = api.ask.bind(api);
  api.ask = async (request) => {
    const answer = await ask(request);
    if (request.method === 'GET')
      api.taints = [{ key: 'other', effect: 'NoSchedule' }, ...api.taints.slice(-1)];
    return answer;
  };
  const { counted } = tellingAll(api);
  await pass(second);

  expect(counted).toContain('taint conflict');
});
