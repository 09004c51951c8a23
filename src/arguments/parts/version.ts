// Which release is meant.

import { basename } from 'node:path';
import { newestVersion, refusalOf } from '../../release/catalog.ts';
import { parseVersion } from '../../release/version.ts';
import { usage } from '../option-value.ts';
import type { OptionReader } from '../option-reader.ts';

/** The operator's word; undefined where there is none. */
export function givenVersion(read: OptionReader<'cni-version'>): string | undefined {
  const text = read.text('cni-version');
  const version = text === undefined ? undefined : parseVersion(text);
  if (text !== undefined && version === undefined) {
    throw read.refusal('cni-version', 'is not a release', 'v1.9.1 or 1.9.1');
  }
  return version;
}

/** The operator's word, else the release that a local archive carries in its name, else the newest that is known. */
export function versionToInstall(read: OptionReader<'cni-version' | 'archive'>): string {
  const given = givenVersion(read);
  const named = given ?? versionInName(read.path('archive'));
  if (named === undefined) return newestVersion();
  requireUsable(named, read.given('cni-version')?.by ?? 'the name of --archive');
  return named;
}

/** @throws Failure `usage` for what is not a release, and for one that the catalog warns of. */
export function usableVersion(text: string, by: string): string {
  const version = parseVersion(text);
  if (version === undefined)
    throw usage('bad-value', `${by} has "${text}", which is not a release; wanted v1.9.1 or 1.9.1`);
  requireUsable(version, by);
  return version;
}

function requireUsable(version: string, by: string): void {
  const refusal = refusalOf(version);
  if (refusal === undefined) return;
  const { reason, take } = refusal;
  throw usage('refused-version', `${by} says ${version}, which can't be used: ${reason}`, `take ${take}`);
}

function versionInName(archive: string | undefined): string | undefined {
  const [, name] = /^cni-plugins-linux-[a-z0-9]+-(v.+)\.tgz$/.exec(basename(archive ?? '')) ?? [];
  return name === undefined ? undefined : parseVersion(name);
}
