// Promises of Events on the Node: transitions only, by its UID, each series once in ten minutes, whatever happens.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NodeEvents } from '../../../../src/kubernetes/node-events.ts';
import { EventsDuty } from '../../../../src/watch/kubernetes/events-duty.ts';
import { pass, proclaim, type Proclamation, type SimulatedApi, SimulatedSight } from './simulated-api.ts';

const second = 1000;
const minute = 60 * second;

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
      now: Date.UTC(2026, 0, 1),
    }),
);
afterEach(() => void vi.useRealTimers());

function reporting(scene: { api?: SimulatedApi; sight?: SimulatedSight } = {}): Proclamation {
  return proclaim((node, api) => {
    const events = new EventsDuty(new NodeEvents(api, node));
    return { duties: [events], events };
  }, scene);
}

const absent = { name: 'macvlan', trouble: 'absent', because: 'macvlan is not there' } as const;

it('a plugin that was put back is a normal Event about the Node by its UID', async () => {
  const { herald, api } = reporting();
  await pass(second);
  herald.repaired(absent);
  await pass(second);

  expect([...api.events.values()]).toEqual([
    expect.objectContaining({
      kind: 'Event',
      metadata: { generateName: 'a.', namespace: 'default' },
      involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'uid-of-a' },
      reason: 'CNIPluginRepaired',
      type: 'Normal',
      message: 'macvlan is not there; it was put back',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:01Z',
      lastTimestamp: '2026-01-01T00:00:01Z',
    }),
  ]);
});

it('what happens again is counted in the same Event, once in ten minutes', async () => {
  const { herald, api } = reporting();
  for (let time = 0; time < 60; time += 1) {
    herald.repaired(absent);
    await pass(20 * second);
  }
  await pass(10 * minute);

  expect([...api.events.values()].map(({ count }) => count)).toEqual([60]);
  expect(api.writes.length).toBeLessThanOrEqual(4);
});

it('an Event that the API server has forgotten is begun anew', async () => {
  const { herald, api } = reporting();
  herald.repaired(absent);
  await pass(second);
  api.events.clear();
  herald.repaired(absent);
  await pass(11 * minute);

  expect([...api.events.values()].map(({ count, reason }) => [reason, count])).toEqual([
    ['CNIPluginRepaired', 2],
  ]);
});

it('a series that is over is forgotten: the next of its kind is counted from one', async () => {
  const { herald, api } = reporting();
  herald.repaired(absent);
  await pass(61 * minute);
  herald.repaired(absent);
  await pass(second);

  expect([...api.events.values()].map(({ count }) => count)).toEqual([1, 1]);
});

it.each<[string, string, (sight: SimulatedSight) => void]>([
  ['a plugin that is missing', 'CNIPluginMissing', (sight) => sight.lose('macvlan')],
  ['a plugin that others write', 'CNIPluginContended', (sight) => (sight.contended = ['portmap'])],
  ['a mount that is not shared', 'CNIMountNotShared', (sight) => (sight.unshared = ['/'])],
])('%s is a warning when it begins, and silent while it lasts', async (_what, reason, change) => {
  const { herald, api, sight } = reporting();
  await pass(second);
  change(sight);
  herald.audited();
  await pass(120 * minute);

  expect([...api.events.values()]).toEqual([expect.objectContaining({ type: 'Warning', reason, count: 1 })]);
});

it('nothing has happened on a node that nobody has looked at', async () => {
  const sight = new SimulatedSight();
  sight.deepAuditDone = false;
  sight.lose('macvlan', { sinceMs: 0 });
  const { api } = reporting({ sight });
  await pass(10 * minute);

  expect(api.asked).toEqual([]);
});

it('a node where everything goes wrong again and again writes a bounded number of Events', async () => {
  const { herald, api } = reporting();
  for (let time = 0; time < 600; time += 1) {
    herald.repaired({ ...absent, name: `plugin-${time}` });
    await pass(second);
  }

  expect(api.events.size).toBe(50);
});

it('what could not be written is written later, with all that has happened since', async () => {
  const { herald, api, lines } = reporting();
  api.trouble = { kind: 'forbidden' };
  for (let time = 0; time < 10; time += 1) {
    herald.repaired(absent);
    await pass(minute);
  }
  expect(lines[0]).toBe('Kubernetes could not be told what has happened on the node: as ordered');
  api.trouble = undefined;
  await pass(3 * minute);

  expect([...api.events.values()].map(({ count }) => count)).toEqual([10]);
});
