// Promises of the Node's condition, with hours in an instant: what it says, when it is written, and how often it is not.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConditionDuty, conditionType } from '../../../../src/watch/kubernetes/condition-duty.ts';
import { nodeStanding } from '../../../../src/watch/kubernetes/standing.ts';
import { pass, proclaim, type Proclamation, SimulatedApi, SimulatedSight } from './simulated-api.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const heartbeatMs = 15 * minute;

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
      now: Date.UTC(2026, 0, 1),
    }),
);
afterEach(() => void vi.useRealTimers());

type Scene = Parameters<typeof proclaim>[1];

function told(scene: Scene = {}): Proclamation {
  const random = scene.random ?? 0.5;
  return proclaim(
    (node) => ({
      duties: [new ConditionDuty(node, { heartbeatMs, random: () => random })],
      events: undefined,
    }),
    scene,
  );
}

function ours({ api }: Proclamation) {
  return api.condition(conditionType);
}

describe('how a node stands', () => {
  const at = (change: (sight: SimulatedSight) => void) => {
    const sight = new SimulatedSight();
    change(sight);
    return nodeStanding(sight.look(), Date.now() + 3 * second);
  };

  it.each<[string, string, string, (sight: SimulatedSight) => void]>([
    ['before anybody has looked', 'Unknown', 'Starting', (sight) => (sight.deepAuditDone = false)],
    ['with nothing of ours', 'Unknown', 'NothingInstalled', (sight) => (sight.release = undefined)],
    ['with all that is wanted', 'True', 'PluginsIntact', () => undefined],
    ['without a plugin', 'False', 'PluginMissing', (sight) => sight.lose('macvlan')],
    [
      'with mounts that have to be shared and are not',
      'False',
      'MountNotShared',
      (sight) => (sight.mountsAreFine = false),
    ],
    [
      'with a plugin that another writes, and that works',
      'True',
      'PluginContended',
      (sight) => (sight.contended = ['portmap']),
    ],
    [
      'with a plugin that another removes again and again',
      'False',
      'PluginMissing',
      (sight) => {
        sight.lose('macvlan');
        sight.contended = ['macvlan'];
      },
    ],
  ])('%s: %s, %s', (_when, status, reason, change) => {
    expect(at(change)).toMatchObject({ status, reason });
  });

  it('says what is missing, shortened where that is everything', () => {
    expect(at((sight) => sight.lose('macvlan')).message).toBe('macvlan is not there');
    const all = at((sight) => {
      for (let number = 0; number < 100; number += 1) sight.lose(`plugin-${number}`);
    });
    expect(all.message).toHaveLength(500);
  });
});

describe('the condition', () => {
  it('is written once the node is proved, and other conditions stay', async () => {
    const proclamation = told();
    await pass(2 * second);

    expect(ours(proclamation)).toEqual({
      type: conditionType,
      status: 'True',
      reason: 'PluginsIntact',
      message: 'every wanted plugin of v1.9.1 works',
      lastHeartbeatTime: '2026-01-01T00:00:01Z',
      lastTransitionTime: '2026-01-01T00:00:01Z',
    });
    expect(proclamation.api.condition('Ready')).toEqual({ type: 'Ready', status: 'True' });
  });

  it('begins as unknown on a node that has none, and not as healthy', async () => {
    const sight = new SimulatedSight();
    sight.deepAuditDone = false;
    const proclamation = told({ sight });
    await pass(2 * second);
    expect(ours(proclamation)).toMatchObject({ status: 'Unknown', reason: 'Starting' });

    sight.deepAuditDone = true;
    proclamation.herald.audited();
    await pass(2 * second);
    expect(ours(proclamation)).toMatchObject({ status: 'True' });
  });

  it('that a watch before has written a moment ago stays until the node was looked at: a roll-out is no event', async () => {
    const api = new SimulatedApi();
    const before = told({ api });
    await pass(minute);
    before.stop();
    const [written] = api.writes;
    const sight = new SimulatedSight();
    sight.deepAuditDone = false;
    const after = told({ api, sight });
    await pass(10 * second);
    expect(ours(after)).toMatchObject({ status: 'True' });
    expect(api.writes).toEqual([written]);

    sight.deepAuditDone = true;
    after.herald.audited();
    await pass(2 * second);
    expect(ours(after)).toMatchObject({ status: 'True', lastTransitionTime: '2026-01-01T00:00:01Z' });
  });

  it('that was written long ago is unknown again: nobody has looked since', async () => {
    const api = new SimulatedApi();
    const before = told({ api });
    await pass(minute);
    before.stop();
    await pass(hour);
    const sight = new SimulatedSight();
    sight.deepAuditDone = false;
    const after = told({ api, sight });
    await pass(2 * second);
    expect(ours(after)).toMatchObject({ status: 'Unknown', reason: 'Starting' });
  });

  it('is written again only as a heartbeat while nothing changes, and the time of the change stays', async () => {
    const proclamation = told();
    await pass(2 * hour);

    expect(proclamation.api.writes).toHaveLength(8);
    expect(ours(proclamation)).toMatchObject({
      lastTransitionTime: '2026-01-01T00:00:01Z',
      lastHeartbeatTime: '2026-01-01T01:45:01Z',
    });
  });

  it('does not beat with those of other nodes', async () => {
    const [early, late] = [told({ random: 0 }), told({ random: 0.999 })];
    await pass(hour);

    expect([early.api.writes.length, late.api.writes.length]).toEqual([5, 4]);
  });

  it('is false when a plugin has been missing for a moment, and true again when it is back', async () => {
    const proclamation = told();
    await pass(minute);
    proclamation.sight.lose('macvlan');
    proclamation.herald.audited();
    await pass(5 * second);
    expect(ours(proclamation)).toMatchObject({
      status: 'False',
      reason: 'PluginMissing',
      message: 'macvlan is not there',
    });

    proclamation.sight.troubles = [];
    proclamation.herald.repaired({ name: 'macvlan', trouble: 'absent', because: 'macvlan is not there' });
    await pass(5 * second);
    expect(ours(proclamation)).toMatchObject({
      status: 'True',
      lastTransitionTime: expect.stringMatching(/00:01:0\dZ/),
    });
  });

  it('is not touched by what is put back at once', async () => {
    const proclamation = told();
    await pass(minute);
    proclamation.sight.lose('macvlan');
    proclamation.herald.audited();
    await pass(second);
    proclamation.sight.troubles = [];
    proclamation.herald.repaired({ name: 'macvlan', trouble: 'absent', because: 'macvlan is not there' });
    await pass(minute);

    expect(proclamation.api.writes).toHaveLength(1);
  });

  it('of a node that is broken and mended without end is written once a minute at most', async () => {
    const proclamation = told();
    await pass(minute);
    for (let time = 0; time < 360; time += 1) {
      proclamation.sight.troubles = [];
      if (time % 2 === 0) proclamation.sight.lose('macvlan');
      proclamation.herald.audited();
      await pass(5 * second);
    }

    expect(proclamation.api.writes.length).toBeGreaterThan(20);
    expect(proclamation.api.writes.length).toBeLessThanOrEqual(40);
  });
});

describe('an API server that does not do what it is asked', () => {
  it.each([
    'unreachable',
    'unauthorized',
    'forbidden',
    'conflict',
    'overloaded',
    'server',
    'no-token',
  ] as const)('is asked again after %s, told of once a minute, and told all when it does', async (kind) => {
    const proclamation = told();
    proclamation.api.trouble = { kind };
    await pass(hour);

    expect(proclamation.lines.length).toBeGreaterThan(25);
    expect(proclamation.lines.length).toBeLessThanOrEqual(60);
    expect(proclamation.lines[0]).toBe('Kubernetes could not be told the condition of the node: as ordered');
    expect(proclamation.api.asked.length).toBeLessThan(80);

    proclamation.api.trouble = undefined;
    await pass(3 * minute);
    expect(ours(proclamation)).toMatchObject({ status: 'True' });
  });

  it('and says when to come back is left alone until then', async () => {
    const api = new SimulatedApi();
    api.trouble = { kind: 'overloaded', retryAfterMs: 5 * minute };
    const proclamation = told({ api });
    await pass(5 * minute);
    expect(api.asked).toHaveLength(1);

    api.trouble = undefined;
    await pass(6 * minute);
    expect(ours(proclamation)).toMatchObject({ status: 'True' });
  });

  it('is not asked by all nodes in the same second', async () => {
    const first = async (random: number): Promise<number | undefined> => {
      const api = new SimulatedApi();
      api.trouble = { kind: 'server' };
      const began = Date.now();
      const proclamation = told({ api, random });
      await pass(10 * second);
      proclamation.stop();
      const [, again] = api.asked;
      return again && again.atMs - began;
    };
    expect(await first(0.1)).not.toBe(await first(0.9));
  });

  it('ends with the run', async () => {
    const proclamation = told();
    proclamation.api.trouble = { kind: 'unreachable' };
    await pass(minute);
    proclamation.stop();
    expect(await proclamation.end).toMatchObject({ message: 'stopped' });
  });
});
