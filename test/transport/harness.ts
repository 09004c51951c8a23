// What every transport test needs: a directory, effects that record, a clock that only sleeping moves.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from '../../src/failure/failure.ts';
import { createLog } from '../../src/lib/log.ts';
import {
  type DownloadEffects,
  type DownloadRequest,
  type Downloaded,
  download,
} from '../../src/http/download.ts';
import { type FaultyServer, maxBytesInTests, startFaultyServer, userAgent } from './faulty-server.ts';

export interface Harness {
  readonly server: FaultyServer;
  readonly partialPath: string;
  /** Every log line so far. */
  readonly lines: readonly string[];
  /** Every pause so far, in ms. */
  readonly pauses: readonly number[];
  readonly effects: DownloadEffects;
  readonly request: (url: URL, more?: Partial<DownloadRequest>) => DownloadRequest;
  readonly download: (url: URL, more?: Partial<DownloadRequest>) => Promise<Downloaded>;
  /** The Failure that a download must end with. */
  readonly failure: (url: URL, more?: Partial<DownloadRequest>) => Promise<Failure>;
}

/** A virtual clock starts here. */
export const startMs = Date.UTC(2025, 0, 1);

/** A faulty server and a directory of the test's own; the test fails when the client sent what it should not. */
export async function openHarness(): Promise<Harness & AsyncDisposable> {
  const server = await startFaultyServer();
  const directory = await mkdtemp(join(tmpdir(), 'transport-'));
  return {
    ...createHarness(server, directory),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
      if (server.violations.length > 0) throw new Error(server.violations.join('; '));
    },
  };
}

function createHarness(server: FaultyServer, directory: string): Harness {
  const lines: string[] = [];
  const pauses: number[] = [];
  let nowMs = startMs;
  const now = (): number => nowMs;
  const effects: DownloadEffects = {
    log: createLog({ format: 'text', level: 'debug', now, write: (line) => lines.push(line) }),
    signal: new AbortController().signal,
    now,
    random: () => 0.5,
    sleep: async (ms) => {
      pauses.push(ms);
      nowMs += ms;
    },
  };
  const partialPath = join(directory, 'archive.tgz.part');
  const request: Harness['request'] = (url, more = {}) => ({
    url,
    what: 'the archive',
    partialPath,
    retries: 2,
    maxBytes: maxBytesInTests,
    proxies: {},
    userAgent,
    ...more,
  });
  const run: Harness['download'] = (url, more) => download(request(url, more), effects);
  return {
    server,
    partialPath,
    lines,
    pauses,
    effects,
    request,
    download: run,
    failure: async (url, more) => failureOf(run(url, more)),
  };
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    return error as Failure;
  }
  throw new Error('it should have failed');
}

/** Everything that a person could read of a failure, its causes included. */
export function everythingSaid(failure: Failure): string {
  const parts: string[] = [];
  const collect = (error: unknown): void => {
    if (!(error instanceof Error)) return;
    parts.push(error.message, String(error.stack), JSON.stringify(error));
    collect(error.cause);
    if (error instanceof AggregateError) for (const each of error.errors as unknown[]) collect(each);
  };
  collect(failure);
  return [...parts, failure.hint ?? ''].join('\n');
}
