// A release's archive, wherever it comes from: acquired, verified, and made into a set of plugins.

import { makeDirectory } from '../../lib/files/make-directory.ts';
import { deadline } from '../../lib/time/deadline.ts';
import { Failure } from '../../failure/failure.ts';
import type { StateDir } from '../../node/state/state-dir.ts';
import { acquire, type AcquireRequest, type VerifiedArchive } from '../../release/acquire/acquire.ts';
import { readAuthorities } from '../../http/authority-file.ts';
import { type ExtractedSet, foreseeContent } from './extract-set.ts';
import type { Effects, Supply } from '../context.ts';
import type { SetRequest } from '../fulfilment.ts';

export { extractSet } from './extract-set.ts';

/**
 * An archive whose digest is the expected one: nothing of it has been unpacked before. Whoever extracts it uses it up.
 * @throws Failure `acquisition`, `digest`
 */
export async function acquireVerified(
  request: SetRequest,
  supply: Supply,
  { downloadsPath }: StateDir,
  effects: Effects,
): Promise<VerifiedArchive> {
  const source = sourceFor(request, supply, effects, downloadsPath);
  const archive = await acquireInTime(source, supply.timeoutMs, effects);
  effects.log.info(`verified ${archive.origin}`, { sha256: archive.sha256, by: archive.basis });
  return archive;
}

/** The set of an archive that is at hand without a network; undefined where there is none. Writes nothing. */
export async function foreseeLocalSet(
  request: SetRequest,
  supply: Supply,
  effects: Effects,
): Promise<ExtractedSet | undefined> {
  const source = sourceFor(request, supply, effects, '');
  const mirrors = source.mirrors.filter(({ protocol }) => protocol === 'file:');
  if (source.archive === undefined && source.bundled === undefined && mirrors.length === 0) return undefined;
  return foreseeContent(await acquire({ ...source, mirrors }, effects), request, effects.signal);
}

function sourceFor(
  { wish, expectation }: SetRequest,
  { arch, source }: Supply,
  { proxies, userAgent, bundledArchives }: Effects,
  downloads: string,
): AcquireRequest {
  const { archive, mirrors, retries, caFile, registryAuth } = source;
  return {
    version: wish.version,
    arch,
    expectation,
    archive,
    bundled: bundledArchives,
    mirrors,
    http: { retries, caPem: readAuthorities(caFile), registryAuth, proxies, userAgent },
    downloadsPath: () => {
      makeDirectory(downloads);
      return downloads;
    },
  };
}

/** How much of the run's time getting the archive may take: what is left has to do for an earlier set, if it fails. */
const shareOfTime = 0.8;

async function acquireInTime(
  source: AcquireRequest,
  timeoutMs: number,
  effects: Effects,
): Promise<VerifiedArchive> {
  const totalMs = timeoutMs * shareOfTime;
  const time = deadline(totalMs, effects.signal, () => tooLate(totalMs));
  try {
    const http = { ...source.http, timing: { totalMs } };
    return await acquire({ ...source, http }, { ...effects, signal: time.signal });
  } finally {
    time.cancel();
  }
}

function tooLate(totalMs: number): Failure {
  return new Failure('deadline', { message: `the archive was not there after ${totalMs} ms` });
}
