// Promises of noticing: by inotify where it is to be had, by looking more often where not, and back again.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../support/silent-log.ts';
import { Attention } from '../../../src/watch/attention.ts';

const minute = 60_000;

let parent: string;
let binDir: string;
let nowMs: number;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'attention-'));
  binDir = join(parent, 'bin');
  nowMs = 0;
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function attention(): Attention {
  return new Attention(binDir, { log: silentLog, now: () => nowMs, random: () => 0.5 });
}

describe('a directory that the kernel watches for us', () => {
  it('is looked at every thirty seconds, and after an event as soon as it is quiet', async () => {
    mkdirSync(binDir);
    const noticing = attention();
    noticing.lookBegins();
    expect([noticing.mode, noticing.dueMs]).toEqual(['inotify', 30_000]);

    writeFileSync(join(binDir, 'macvlan'), '');
    const rest = noticing.rest(30_000, new AbortController().signal);
    for (let waited = 0; noticing.dueMs === 30_000 && waited < 200; waited += 1) await delay(20);
    expect(noticing.dueMs).toBe(200);
    nowMs = 200;
    await rest;

    noticing.lookBegins();
    expect(noticing.dueMs).toBe(30_200);
    noticing.close();
  });
});

describe('a directory that the kernel refuses to watch', () => {
  it('is looked at every ten seconds, and asked for again after five minutes', () => {
    const noticing = attention();
    noticing.lookBegins();
    expect([noticing.mode, noticing.dueMs]).toEqual(['polling', 10_000]);

    mkdirSync(binDir);
    nowMs = 4 * minute;
    noticing.lookBegins();
    expect(noticing.mode).toBe('polling');

    nowMs = 5 * minute;
    noticing.lookBegins();
    expect([noticing.mode, noticing.dueMs]).toEqual(['inotify', nowMs + 30_000]);
    noticing.close();
  });
});

it('somebody else may say that a look is due', async () => {
  const noticing = attention();
  noticing.lookBegins();
  const rest = noticing.rest(minute, new AbortController().signal);
  noticing.stir();
  await expect(rest).resolves.toBeUndefined();
});
