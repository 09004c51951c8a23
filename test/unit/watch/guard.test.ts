// Promises of the loop, with hours of a simulated node in an instant: what it puts back, how often, and when it tells.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../../src/failure/failure.ts';
import type { Glance } from '../../../src/watch/glance.ts';
import { Guard, type GuardObserver, type GuardSettings } from '../../../src/watch/guard.ts';
import { livenessOf, readinessOf } from '../../../src/watch/health.ts';
import type { PluginTrouble } from '../../../src/watch/repair-policy.ts';
import type { Repair, WatchedAudit, WatchedNode } from '../../../src/watch/watched-node.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }),
);
afterEach(() => void vi.useRealTimers());

const neverAborted = new AbortController().signal;

/** Plugins as troubles and counters of writes; its bin dir has no path, so that it is polled. */
class SimulatedNode implements WatchedNode {
  readonly troubles = new Map<string, PluginTrouble | undefined>([
    ['macvlan', undefined],
    ['portmap', undefined],
  ]);
  readonly writes = new Map<string, number>();
  readonly repairs: { name: string; atMs: number }[] = [];
  readonly audits: string[] = [];
  directory = 'first';
  wish = 'v1.9.1';
  hangs = false;
  /** Whether the node refuses glances, or only audits. */
  unreadable: 'never' | 'at all' | 'by audits' = 'never';
  refusals: string[] = [];
  /** What a rival does as soon as something was put back. */
  afterRepair: () => void = () => undefined;
  /** How long an audit takes, and a repair. */
  takesMs = 0;

  harm(name: string, trouble: PluginTrouble): void {
    this.troubles.set(name, trouble);
    this.writes.set(name, (this.writes.get(name) ?? 0) + 1);
  }

  async glance(names: readonly string[]): Promise<Glance> {
    if (this.hangs) await new Promise(() => undefined);
    if (this.unreadable === 'at all') throw ioError();
    const prints = names.map(
      (name) => [name, `${this.troubles.get(name)} ${this.writes.get(name)}`] as const,
    );
    return { directory: this.directory, names: new Map(prints) };
  }

  async audit(depth: 'digests' | 'deep'): Promise<WatchedAudit> {
    this.audits.push(depth);
    if (this.takesMs > 0) await pause(this.takesMs, neverAborted);
    if (this.unreadable !== 'never') throw ioError();
    const plugins = [...this.troubles].map(([name, trouble]) => ({
      name,
      trouble,
      because: trouble === undefined ? undefined : `${name} is ${trouble}`,
    }));
    const audit = {
      version: this.wish,
      platform: 'linux/amd64',
      generation: 1,
      plugins: [],
      mounts: [],
      advisories: [],
      notes: [],
      findings: [],
    };
    return { wish: this.wish, generation: undefined, plugins, mountsAreFine: true, audit };
  }

  async repair(names: readonly string[]): Promise<Repair> {
    if (names.some((name) => this.refusals.includes(name))) {
      return {
        repaired: [],
        failure: { reason: 'space', message: 'no space left on device', hint: 'free space' },
      };
    }
    if (this.takesMs > 0) await pause(this.takesMs, neverAborted);
    for (const name of names) {
      this.troubles.set(name, undefined);
      this.writes.set(name, (this.writes.get(name) ?? 0) + 1);
      this.repairs.push({ name, atMs: Date.now() });
    }
    this.afterRepair();
    return { repaired: names, failure: undefined };
  }

  async writerOf(): Promise<string> {
    return 'it is v1.6.2';
  }

  repairsOf(wanted: string): number[] {
    return this.repairs.filter(({ name }) => name === wanted).map(({ atMs }) => atMs);
  }
}

function ioError(): Failure {
  return new Failure('node-io-error', { message: 'the node refused stat of /nowhere/bin: i/o error (EIO)' });
}

interface Watch {
  readonly node: SimulatedNode;
  readonly guard: Guard;
  readonly lines: string[];
  /** How each audit ended. */
  readonly counted: string[];
  readonly end: Promise<unknown>;
  readonly stop: () => void;
}

function watch(
  settings: Partial<GuardSettings> = {},
  { unreadable = 'never' }: Partial<Pick<SimulatedNode, 'unreadable'>> = {},
): Watch {
  const node = new SimulatedNode();
  node.unreadable = unreadable;
  const [lines, counted]: [string[], string[]] = [[], []];
  const controller = new AbortController();
  const write = (message: string): void => void lines.push(message);
  const effects = {
    log: { debug: () => undefined, info: write, warn: write, error: write },
    signal: controller.signal,
    now: () => Date.now(),
    random: () => 0.5,
    sleep: pause,
  };
  const observer: GuardObserver = {
    audited: (_trigger, audit) => void counted.push(audit === undefined ? 'failed' : 'done'),
    repaired: () => undefined,
    repairFailed: () => undefined,
    modeIs: () => undefined,
  };
  const guard = new Guard(
    node,
    { binDir: '/nowhere/bin', periodMs: 5 * minute, onDrift: 'repair', budget: 3, ...settings },
    effects,
    observer,
  );
  const end = guard.run().catch((error: unknown) => error);
  return { node, guard, lines, counted, end, stop: () => controller.abort(new Error('stopped')) };
}

/** By the fake clock, which Node's promised timers do not obey. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function pass(ms: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(ms);
}

describe('a plugin that vanishes', () => {
  it('is back after the next look, within twelve seconds where there is no inotify', async () => {
    const { node, stop } = watch();
    await pass(minute);
    node.harm('macvlan', 'absent');
    const harmedMs = Date.now();
    await pass(12 * second);
    expect(node.troubles.get('macvlan')).toBeUndefined();
    expect((node.repairsOf('macvlan')[0] ?? Infinity) - harmedMs).toBeLessThanOrEqual(12 * second);
    stop();
  });

  it('again and again is put back for ever, at least once a minute, and told to be contended once', async () => {
    const { node, guard, lines, stop } = watch();
    await pass(second);
    const rival = setInterval(() => node.harm('macvlan', 'absent'), second);
    await pass(2 * hour);
    clearInterval(rival);
    const repairs = node.repairsOf('macvlan');
    const pauses = repairs.slice(1).map((atMs, index) => atMs - (repairs[index] ?? 0));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(72 * second);
    expect(repairs.length).toBeGreaterThan(90);
    expect(guard.contended).toEqual(['macvlan']);
    expect(lines.filter((line) => line.includes('contended') && line.includes('removes it'))).toHaveLength(1);
    stop();
  });
});

it('a plugin that is gone as soon as it is back is away for a minute, however long looking and putting back take', async () => {
  const { node, stop } = watch();
  node.takesMs = 5 * second;
  await pass(minute);
  node.afterRepair = () => node.harm('macvlan', 'absent');
  node.harm('macvlan', 'absent');
  await pass(hour);
  const repairs = node.repairsOf('macvlan').slice(3);
  const pauses = repairs.slice(1).map((atMs, index) => atMs - (repairs[index] ?? 0));
  expect(pauses.length).toBeGreaterThan(40);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(minute);
  stop();
});

describe('a plugin that works, but is another', () => {
  it('written each second is put back no more than three times, and then there is peace', async () => {
    const { node, guard, lines, stop } = watch();
    await pass(second);
    const rival = setInterval(() => node.harm('portmap', 'changed'), second);
    await pass(hour);
    clearInterval(rival);
    expect(node.repairsOf('portmap')).toHaveLength(3);
    expect(guard.contended).toEqual(['portmap']);
    expect(lines.filter((line) => line.includes('contended') && line.includes('v1.6.2'))).toHaveLength(1);
    expect(readinessOf(guard.view(), Date.now()).ok).toBe(true);
    stop();
  });

  it('that is written again in the very instant of the repair that uses the budget up is told of at once', async () => {
    const { node, guard, lines, stop } = watch({ budget: 1 });
    await pass(minute);
    node.afterRepair = () => node.harm('portmap', 'changed');
    node.harm('portmap', 'changed');
    await pass(20 * second);
    expect(guard.contended).toEqual(['portmap']);
    expect(lines.filter((line) => line.includes('contended'))).toHaveLength(1);
    stop();
  });

  it('is put back again once the node shall have another release', async () => {
    const { node, stop } = watch();
    await pass(second);
    const rival = setInterval(() => node.harm('portmap', 'changed'), second);
    await pass(hour);
    clearInterval(rival);
    node.wish = 'v1.9.2';
    await pass(10 * minute);
    expect(node.repairsOf('portmap')).toHaveLength(4);
    stop();
  });
});

describe('what a repair can not do', () => {
  it('is tried again a minute later, said once a minute, and makes the node not ready', async () => {
    const { node, guard, lines, stop } = watch();
    await pass(second);
    node.refusals = ['macvlan'];
    node.harm('macvlan', 'absent');
    await pass(10 * minute);
    expect(readinessOf(guard.view(), Date.now())).toEqual({ ok: false, lines: ['macvlan is absent'] });
    expect(livenessOf(guard.view(), Date.now()).ok).toBe(true);
    expect(lines.filter((line) => line.includes('no space left')).length).toBeLessThanOrEqual(10);
    node.refusals = [];
    await pass(72 * second);
    expect(node.troubles.get('macvlan')).toBeUndefined();
    expect(readinessOf(guard.view(), Date.now()).ok).toBe(true);
    stop();
  });

  it('of several plugins is one line, with the names of all', async () => {
    const { node, lines, stop } = watch();
    await pass(second);
    node.refusals = ['macvlan', 'portmap'];
    node.harm('macvlan', 'absent');
    await pass(20 * second);
    node.harm('portmap', 'absent');
    await pass(10 * minute);
    const told = lines.filter((line) => line.includes('no space left'));
    expect(told.length).toBeLessThanOrEqual(11);
    expect(told.at(-1)).toBe('macvlan, portmap could not be put back: no space left on device');
    stop();
  });

  it('is told of no longer once the node lets it, though not every plugin has had its turn again', async () => {
    const { node, lines, stop } = watch();
    await pass(second);
    node.refusals = ['macvlan', 'portmap'];
    node.harm('macvlan', 'absent');
    await pass(30 * second);
    node.harm('portmap', 'absent');
    await pass(20 * second);
    node.refusals = [];
    const before = lines.filter((line) => line.includes('could not be put back')).length;
    await pass(3 * minute);
    expect([...node.troubles.values()]).toEqual([undefined, undefined]);
    expect(lines.filter((line) => line.includes('could not be put back'))).toHaveLength(before);
    stop();
  });

  it('of one plugin does not hold up another', async () => {
    const { node, stop } = watch();
    await pass(second);
    node.refusals = ['macvlan'];
    node.harm('macvlan', 'absent');
    node.harm('portmap', 'absent');
    await pass(12 * second);
    expect([...node.troubles]).toEqual([
      ['macvlan', 'absent'],
      ['portmap', undefined],
    ]);
    stop();
  });
});

describe.each(['at all', 'by audits'] as const)('a node that can not be read %s', (unreadable) => {
  it('is asked again and again, with pauses, and told of once a minute at most', async () => {
    const { node, guard, lines, stop, counted } = watch();
    await pass(minute);
    node.refusals = ['macvlan'];
    node.harm('macvlan', 'absent');
    await pass(12 * second);
    const audits = node.audits.length;
    counted.length = 0;
    node.unreadable = unreadable;
    await pass(10 * minute);
    const told = lines.filter((line) => line.includes('could not be audited'));
    expect(told.length).toBeGreaterThanOrEqual(5);
    expect(told.length).toBeLessThanOrEqual(11);
    expect(told[0]).toBe(
      'the node could not be audited: the node refused stat of /nowhere/bin: i/o error (EIO)',
    );
    expect(node.audits.length - audits).toBeLessThanOrEqual(11);
    expect(new Set(counted)).toEqual(new Set(['failed']));
    node.unreadable = 'never';
    node.refusals = [];
    await pass(2 * minute);
    expect(node.troubles.get('macvlan')).toBeUndefined();
    expect(livenessOf(guard.view(), Date.now()).ok).toBe(true);
    stop();
  });

  it('at the start has its deep audit as soon as it can be read', async () => {
    const { node, guard, stop } = watch({}, { unreadable: 'by audits' });
    await pass(5 * minute);
    expect(readinessOf(guard.view(), Date.now()).lines).toContain('the first deep audit is not over');
    node.unreadable = 'never';
    await pass(2 * minute);
    expect(readinessOf(guard.view(), Date.now()).ok).toBe(true);
    stop();
  });
});

it('where drift is only reported, nothing is put back, and nothing is asked more often', async () => {
  const { node, guard, stop } = watch({ onDrift: 'report' });
  await pass(second);
  node.harm('macvlan', 'absent');
  await pass(hour);
  expect(node.repairs).toEqual([]);
  expect(node.audits.length).toBeLessThan(20);
  expect(readinessOf(guard.view(), Date.now()).ok).toBe(false);
  stop();
});

it('a healthy node is audited each period, deeply at the start and every six hours', async () => {
  const { node, stop } = watch();
  await pass(24 * hour + minute);
  expect(node.audits.filter((depth) => depth === 'deep')).toHaveLength(5);
  // And once more at the first look, for what happened while the first audit learned the names.
  expect(node.audits.length).toBe(24 * 12 + 2);
  stop();
});

it('ends when the directory is another one', async () => {
  const { node, end } = watch();
  await pass(minute);
  node.directory = 'second';
  await pass(12 * second);
  await expect(end).resolves.toBe('replaced');
});

it('is no longer live when the directory hangs', async () => {
  const { node, guard, stop } = watch();
  await pass(minute);
  node.hangs = true;
  await pass(20 * second);
  expect(livenessOf(guard.view(), Date.now()).ok).toBe(true);
  await pass(20 * second);
  expect(livenessOf(guard.view(), Date.now()).ok).toBe(false);
  stop();
});

it('ends with the reason of the signal', async () => {
  const { end, stop } = watch();
  await pass(minute);
  stop();
  await expect(end).resolves.toMatchObject({ message: 'stopped' });
});
