// Promises of the lock, between real processes: one at a time, a dead holder is no holder, who waits knows for whom.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askWhoIsAtWork, takeLock } from '../../../../src/lib/files/lock.ts';
import { eventually } from '../../../throwaway-node/eventually.ts';

const holderScript = join(import.meta.dirname, 'fixtures/hold-lock.ts');

interface Place extends Disposable {
  readonly directory: string;
  readonly temporary: () => string;
  readonly journal: string;
}

function createPlace(below = 'locks'): Place {
  const root = mkdtempSync(join(tmpdir(), 'lock-'));
  const directory = join(root, below);
  mkdirSync(directory, { recursive: true });
  const journal = join(root, 'journal');
  writeFileSync(journal, '');
  return {
    directory,
    temporary: () => join(directory, '../..', randomUUID()),
    journal,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

function startHolder(place: Place, holdMs: number | 'forever'): ChildProcess {
  const words = [holderScript, place.directory, place.journal, String(holdMs)];
  return spawn(process.execPath, words, { stdio: 'inherit' });
}

function journalOf(place: Place): string[] {
  return readFileSync(place.journal, 'utf8').split('\n').slice(0, -1);
}

async function untilJournalHas(place: Place, words: string): Promise<void> {
  const found = async (): Promise<true | undefined> =>
    journalOf(place).some((line) => line.includes(words)) || undefined;
  await eventually(`"${words}" in the journal`, 10_000, found);
}

async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  return exitCode;
}

function take(place: Place, more: { signal?: AbortSignal; onWait?: (holder: string) => void } = {}) {
  const { signal = AbortSignal.timeout(10_000), onWait = () => undefined } = more;
  return takeLock(place, { holder: 'the test', signal, random: Math.random, onWait });
}

describe('the lock', () => {
  it('is had by one of six processes at a time, and by each of them once', async () => {
    using place = createPlace();
    const holders = Array.from({ length: 6 }, () => startHolder(place, 20));

    expect(await Promise.all(holders.map(endOf))).toEqual([0, 0, 0, 0, 0, 0]);

    const turns = journalOf(place).filter((line) => !line.includes('waits'));
    const expected = turns.flatMap((line) =>
      line.endsWith('has it') ? [line, line.replace('has it', 'gives it back')] : [],
    );
    expect(turns).toEqual(expected);
    expect(turns).toHaveLength(12);
  });

  it('leaves no trace when it was given back', async () => {
    using place = createPlace();

    const lock = await take(place);
    expect(readdirSync(place.directory)).toHaveLength(1);
    await lock.release();

    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('of a holder that was killed is had at once', async () => {
    using place = createPlace();
    const holder = startHolder(place, 'forever');
    await untilJournalHas(place, 'has it');
    holder.kill('SIGKILL');
    await endOf(holder);
    const waits: string[] = [];

    const lock = await take(place, { onWait: (who) => waits.push(who) });
    const names = readdirSync(place.directory);
    await lock.release();

    expect(waits).toEqual([]);
    expect(names).toHaveLength(1);
  });

  it('passes to the one who waits at the instant its holder is killed', async () => {
    using place = createPlace();
    const holder = startHolder(place, 'forever');
    await untilJournalHas(place, 'has it');
    const told = Promise.withResolvers<string>();

    const waiting = take(place, { onWait: told.resolve });
    const who = await told.promise;
    holder.kill('SIGKILL');
    const lock = await waiting;
    await lock.release();

    expect(who).toBe(`process ${holder.pid}`);
  });

  it('tells whoever asks who has it and who waits, and keeps nobody waiting for that', async () => {
    using place = createPlace();
    expect(await askWhoIsAtWork(place.directory)).toEqual([]);
    const holder = startHolder(place, 'forever');
    await untilJournalHas(place, 'has it');
    const waiting = startHolder(place, 0);
    await untilJournalHas(place, 'waits for');
    const names = await eventually('the name of the one that waits', 10_000, async () => {
      const found = await askWhoIsAtWork(place.directory);
      return found.length > 1 ? found : undefined;
    });
    holder.kill('SIGKILL');

    expect(names).toEqual([`process ${holder.pid}`, `process ${waiting.pid}`]);
    expect(await endOf(waiting)).toBe(0);
    expect(await askWhoIsAtWork(place.directory)).toEqual([]);
  });

  it("is told to be nobody's where its holder was killed, and what that left is not touched", async () => {
    using place = createPlace();
    const holder = startHolder(place, 'forever');
    await untilJournalHas(place, 'has it');
    holder.kill('SIGKILL');
    await endOf(holder);

    expect(await askWhoIsAtWork(place.directory)).toEqual([]);
    expect(readdirSync(place.directory)).toHaveLength(1);
    expect(await askWhoIsAtWork(join(place.directory, 'nowhere'))).toEqual([]);
  });

  it('is waited for no longer than the signal allows, and the reason is what comes out', async () => {
    using place = createPlace();
    const first = await take(place);
    const time = new AbortController();
    const reason = new Error('time is up');

    const waiting = take(place, { signal: time.signal, onWait: () => time.abort(reason) });

    await expect(waiting).rejects.toBe(reason);
    expect(readdirSync(place.directory)).toHaveLength(1);
    await first.release();
  });

  it('is not asked for when the signal is aborted already', async () => {
    using place = createPlace();
    const reason = new Error('too late');

    await expect(take(place, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('works below a path that is longer than a socket address may be', async () => {
    using place = createPlace(join('d'.repeat(120), 'e'.repeat(120), 'locks'));

    const first = await take(place);
    const told = Promise.withResolvers<string>();
    const waiting = take(place, { onWait: told.resolve });
    const who = await told.promise;
    await first.release();
    const second = await waiting;
    await second.release();

    expect(who).toBe('the test');
  });

  it('is refused with the error of the system where the directory is not there', async () => {
    using place = createPlace();
    rmSync(place.directory, { recursive: true });

    await expect(take(place)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is refused as absent where the directory goes at the last instant: no permission would help', async () => {
    using place = createPlace();
    const doomed = join(place.directory, '../..', 'doomed');
    mkdirSync(doomed);
    const fd = openSync(doomed, 'r');
    rmdirSync(doomed);

    // Through its descriptor a directory that is gone can still be opened, as if it had gone just after.
    const taking = take({ ...place, temporary: () => `/proc/self/fd/${fd}/socket` });

    await expect(taking).rejects.toMatchObject({ code: 'ENOENT', syscall: 'listen' });
    closeSync(fd);
  });
});
