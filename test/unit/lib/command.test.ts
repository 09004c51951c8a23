// Promises of running a program: its end is always known, in bounded time, with bounded output.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type Command, type CommandEnd, runCommand } from '../../../src/lib/command.ts';

const directory = mkdtempSync(join(tmpdir(), 'command-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function shell(code: string, more: Partial<Command> = {}): Promise<CommandEnd> {
  return runCommand({ file: '/bin/sh', args: ['-c', code], env: {}, timeoutMs: 10_000, ...more });
}

function program(name: string, content: string, mode = 0o755): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode });
  return path;
}

function run(file: string): Promise<CommandEnd> {
  return runCommand({ file, args: [], env: {}, timeoutMs: 10_000 });
}

describe('a program that ends', () => {
  it('gives its exit status and both outputs apart', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).toEqual({
      how: 'exited',
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('by a signal says by which', async () => {
    expect(await shell('kill -SEGV $$')).toMatchObject({ how: 'killed', by: 'SIGSEGV' });
  });

  it('has the given environment and nothing of ours, runs in /, and has no input', async () => {
    const end = await shell('/usr/bin/env; pwd; cat', { env: { CNI_COMMAND: 'VERSION' } });
    expect(end).toMatchObject({ how: 'exited', exitCode: 0 });
    const lines = end.how === 'exited' ? end.stdout.split('\n') : [];
    expect(lines.filter((line) => /^[A-Z_]+=/.test(line) && !/^(PWD|_|SHLVL|OLDPWD)=/.test(line))).toEqual([
      'CNI_COMMAND=VERSION',
    ]);
    expect(lines).toContain('/');
  });
});

describe('a program that does not end', () => {
  it('is killed after its time, with what it said until then', async () => {
    const startedMs = performance.now();
    const end = await shell('echo so far; exec sleep 60', { timeoutMs: 300 });
    expect(end).toMatchObject({ how: 'timed-out', afterMs: 300, stdout: 'so far\n' });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it('is killed when the signal aborts', async () => {
    const stop = new AbortController();
    const ending = shell('exec sleep 60', { signal: stop.signal });
    stop.abort();
    expect(await ending).toMatchObject({ how: 'killed', by: 'SIGKILL' });
  });

  it('is killed when the signal was aborted before it began', async () => {
    expect(await shell('exec sleep 60', { signal: AbortSignal.abort() })).toMatchObject({
      how: 'killed',
      by: 'SIGKILL',
    });
  });
});

describe('a grandchild that holds the pipe', () => {
  it('does not hold us once the program itself is gone', async () => {
    const startedMs = performance.now();
    const end = await shell('sleep 30 & echo $!; exit 0');
    const pid = end.how === 'exited' ? Number(end.stdout) : 0;
    process.kill(pid, 'SIGKILL');
    expect(end).toMatchObject({ how: 'exited', exitCode: 0 });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describe('a process that stands still while the program speaks and ends', () => {
  it('has all that the program said, though it learns of its end first', async () => {
    const running = shell('sleep 0.7; echo said');
    await delay(50);
    // Words of one and the end of another are there when this process looks for news, and it stands still at each. At the
    // words the program speaks and ends, of which the end is told with that other's: its words are news of the next look.
    const other = spawn('sh', ['-c', 'sleep 0.1; echo heard; exec sleep 60']);
    other.stdout.on('data', () => standStill(900));
    spawn('true').on('exit', () => standStill(900));
    standStill(300);
    const end = await running;
    other.kill('SIGKILL');

    expect(end).toMatchObject({ how: 'exited', exitCode: 0, stdout: 'said\n' });
  });
});

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('output without end', () => {
  it('is kept up to 64 KiB, and does not block the program', async () => {
    const end = await shell('head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2; exit 4');
    expect(end).toMatchObject({ how: 'exited', exitCode: 4 });
    expect(end.how === 'exited' && [end.stdout.length, end.stderr.length]).toEqual([65_536, 65_536]);
  });
});

describe('what can not be started', () => {
  it.each<[what: string, file: () => string, errno: string]>([
    ['is not there', () => join(directory, 'absent'), 'ENOENT'],
    ['is not executable', () => program('plain', '#!/bin/sh\n', 0o644), 'EACCES'],
    ['has an interpreter that is not there', () => program('lost', '#!/nowhere/sh\n'), 'ENOENT'],
    ['is a directory', () => directory, 'EACCES'],
  ])('says the error of the system when it %s', async (_what, file, errno) => {
    expect(await run(file())).toEqual({ how: 'not-started', errno });
  });
});
