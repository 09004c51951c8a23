// Promises of the startup taint: it goes when the node is proved, whenever it is there, and nothing else goes with it.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TaintDuty } from '../../../../src/watch/kubernetes/taint-duty.ts';
import { pass, proclaim, type Proclamation, SimulatedApi, SimulatedSight } from './simulated-api.ts';

const second = 1000;
const key = 'example.org/starting';
const starting = { key, effect: 'NoSchedule' };
const others = { key: 'example.org/gpu', effect: 'NoSchedule' };

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }),
);
afterEach(() => void vi.useRealTimers());

function untainting(scene: { api: SimulatedApi; sight?: SimulatedSight }): Proclamation {
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const settings = { key, random: () => 0.5, log };
  return proclaim((node) => ({ duties: [new TaintDuty(node, settings)], events: undefined }), scene);
}

function tainted(...taints: SimulatedApi['taints']): SimulatedApi {
  const api = new SimulatedApi();
  api.taints = taints;
  return api;
}

it('goes at once when the node is proved, with every effect that it has; the taints of others stay', async () => {
  const api = tainted(starting, others, { key, effect: 'NoExecute' });
  untainting({ api });
  await pass(second);

  expect(api.taints).toEqual([others]);
});

it.each<[string, (sight: SimulatedSight) => void]>([
  ['nobody has looked at the node', (sight) => (sight.deepAuditDone = false)],
  ['nothing is installed there', (sight) => (sight.release = undefined)],
  ['mounts that have to be shared are not', (sight) => (sight.mountsAreFine = false)],
  ['a plugin is missing', (sight) => sight.lose('macvlan', { sinceMs: 0 })],
])('stays while %s, and goes after that', async (_why, change) => {
  const api = tainted(starting);
  const sight = new SimulatedSight();
  change(sight);
  const { herald } = untainting({ api, sight });
  await pass(600 * second);
  expect(api.taints).toEqual([starting]);
  expect(api.asked).toEqual([]);

  Object.assign(sight, new SimulatedSight());
  herald.audited();
  await pass(second);
  expect(api.taints).toEqual([]);
});

it('goes again when it was put back later, within a look', async () => {
  const api = tainted(starting);
  untainting({ api });
  await pass(60 * second);
  api.taints = [others, starting];
  await pass(36 * second);

  expect(api.taints).toEqual([others]);
});

it('is looked for only now and then, and nothing is written while it is not there', async () => {
  const api = tainted(others);
  untainting({ api });
  await pass(3600 * second);

  expect(api.writes).toEqual([]);
  expect(api.asked.length).toBeLessThanOrEqual(121);
});

it('goes although others change the taints in between: what is removed is what was seen', async () => {
  const api = tainted(starting);
  const ask = api.ask.bind(api);
  api.ask = async (request) => {
    const answer = await ask(request);
    // After it was read, and before it is written: the first time only.
    if (api.asked.length === 1) api.taints = [others, ...api.taints];
    return answer;
  };
  untainting({ api });
  await pass(second);
  expect(api.taints).toEqual([others, starting]);

  await pass(10 * second);
  expect(api.taints).toEqual([others]);
});
