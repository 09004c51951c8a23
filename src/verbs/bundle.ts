// `bundle`: archives of several releases and platforms, verified, in a directory that any node can install from.

import { createReadStream, createWriteStream, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BundleConfig, BundleTask, WantedPlatform } from '../arguments/configure/bundle.ts';
import { writeFileDurably } from '../lib/files/atomic-file.ts';
import { digestOpenFile } from '../lib/files/digest.ts';
import { Failure } from '../failure/failure.ts';
import { provideDirectory } from '../node/state/provide-directory.ts';
import { onNode } from '../failure/system-error.ts';
import { makeDirectory } from '../lib/files/make-directory.ts';
import { acquire, type VerifiedArchive } from '../release/acquire/acquire.ts';
import {
  type BundledArchive,
  bundledPath,
  type BundleManifest,
  faultOf,
  manifestName,
  readManifest,
  sidecarsOf,
} from '../release/bundle.ts';
import { blobPath, layoutFiles } from '../release/layout/image-layout.ts';
import { isImageLayout, readLayout } from '../release/layout/read-layout.ts';
import { expectationFor, meets } from '../release/expectation.ts';
import { readAuthorities } from '../http/authority-file.ts';
import type { Effects } from '../engine/context.ts';
import type { Answer } from '../report/result.ts';
import { megabytes } from '../lib/byte-size.ts';

/** @throws Failure `acquisition` or `digest` for the first archive that could not be obtained; those before it stay. */
export async function bundle(config: BundleConfig, effects: Effects): Promise<Answer> {
  const { task } = config;
  return onNode(() => (task.do === 'check' ? checkBundle(task) : makeBundle(task, config, effects)));
}

type CheckTask = Extract<BundleTask, { do: 'check' }>;
type Layout = MakeTask['layout'];
type MakeTask = Extract<BundleTask, { do: 'make' }>;

async function makeBundle(
  { directory, layout, versions, platforms }: MakeTask,
  config: BundleConfig,
  effects: Effects,
): Promise<Answer> {
  provideDirectory({ what: 'the directory of the bundle', path: directory, option: '--directory' });
  const archives: BundledArchive[] = [];
  for (const version of versions) {
    for (const platform of platforms)
      archives.push(
        await bundleOne(version, platform, { directory, layout, source: config.source, effects }),
      );
  }
  const manifest: BundleManifest = { schema: 1, archives };
  for (const [name, text] of filesThatName(manifest, layout)) {
    makeDirectory(dirname(join(directory, name)));
    write(directory, name, text);
  }
  return answerFor(directory, manifest, layout);
}

/** What the archives are found by, written last: a bundle that was broken off has none. */
function filesThatName(manifest: BundleManifest, layout: Layout): ReadonlyMap<string, string> {
  if (layout === 'oci') return layoutFiles(manifest.archives);
  return new Map([[manifestName, `${JSON.stringify(manifest, null, 2)}\n`]]);
}

interface Place {
  readonly directory: string;
  readonly layout: Layout;
  readonly source: BundleConfig['source'];
  readonly effects: Effects;
}

async function bundleOne(
  version: string,
  { arch, trust }: WantedPlatform,
  { directory, layout, source, effects }: Place,
): Promise<BundledArchive> {
  const { retries, caFile, registryAuth, mirrors, archive } = source;
  const downloads = join(directory, '.downloads');
  const verified = await acquire(
    {
      version,
      arch,
      expectation: expectationFor(trust, version, arch),
      archive,
      bundled: undefined,
      mirrors,
      http: {
        retries,
        registryAuth,
        caPem: readAuthorities(caFile),
        proxies: effects.proxies,
        userAgent: effects.userAgent,
      },
      downloadsPath: () => {
        makeDirectory(downloads);
        return downloads;
      },
    },
    effects,
  );
  try {
    const path = layout === 'oci' ? blobPath(verified.sha256) : bundledPath(version, arch);
    const laidOut = await layOut(verified, { version, arch, path }, directory);
    const beside = layout === 'oci' ? {} : sidecarsOf(laidOut);
    for (const [name, text] of Object.entries(beside)) write(directory, name, text);
    return laidOut;
  } finally {
    await verified.dispose();
    rmSync(downloads, { recursive: true, force: true });
  }
}

type Named = Pick<BundledArchive, 'version' | 'arch' | 'path'>;

async function layOut(verified: VerifiedArchive, named: Named, directory: string): Promise<BundledArchive> {
  const { fd, bytes, origin, basis } = verified;
  const path = join(directory, named.path);
  makeDirectory(dirname(path));
  const from = createReadStream('', { fd, start: 0, autoClose: false });
  await pipeline(from, createWriteStream(`${path}.part`, { flush: true }));
  renameSync(`${path}.part`, path);
  const { sha256 = '', sha512 = '' } = await digestOpenFile(fd, ['sha256', 'sha512']);
  return { ...named, bytes, sha256, sha512, origin, basis };
}

function write(directory: string, name: string, text: string): void {
  const path = join(directory, name);
  writeFileDurably(path, text, `${path}.part`);
}

/** @throws Failure `digest` with a line for each archive that is not what it should be. */
async function checkBundle({ directory, trusts }: CheckTask): Promise<Answer> {
  const layout = isImageLayout(directory) ? 'oci' : 'files';
  const manifest = layout === 'oci' ? await readLayout(directory) : readManifest(directory);
  const faults: string[] = [];
  for (const archive of manifest.archives) {
    const fault = (await faultOf(directory, archive)) ?? untrustedArchive(archive, trusts);
    if (fault !== undefined) faults.push(fault);
  }
  if (faults.length === 0) return answerFor(directory, manifest, layout);
  throw new Failure('bundle-damaged', {
    message: `${faults.length} of ${manifest.archives.length} archives in ${directory} are not as they should be: ${faults[0]}`,
    details: faults,
  });
}

/** A manifest proves that nothing changed since it was written; whether it was right then, the catalog says. */
function untrustedArchive(
  { version, arch, sha256, sha512, basis, path }: BundledArchive,
  trusts: CheckTask['trusts'],
): string | undefined {
  const trust = trusts.get(arch);
  if (basis !== 'catalog' || trust === undefined) return undefined;
  const expectation = expectationFor(trust, version, arch);
  if (expectation.basis === 'sidecar' || meets(expectation, { sha256, sha512 })) return undefined;
  return `${path} has the SHA-256 ${sha256}, which is not among the digests accepted for ${version} on linux/${arch}`;
}

function answerFor(directory: string, manifest: BundleManifest, layout: Layout): Answer {
  const lines = manifest.archives.map(
    ({ path, bytes, sha256, basis }) =>
      `  ${path}  ${megabytes(bytes)}  sha256 ${sha256.slice(0, 12)}…  by ${basis}`,
  );
  const text = [
    `${manifest.archives.length} archives in ${directory}, each with its expected digest:`,
    ...lines,
    ...nextSteps(directory, manifest, layout),
  ];
  return { text: `${text.join('\n')}\n`, json: { ...manifest, layout, directory }, exitStatus: 0 };
}

function nextSteps(directory: string, { archives }: BundleManifest, layout: Layout): string[] {
  if (layout === 'files')
    return [`Install from it with --archive ${directory}, or serve it and name its address with --mirror.`];
  const tags = [...new Set(archives.map(({ version }) => version))];
  return [
    'Push it, and name the repository with --mirror oci://REGISTRY/REPOSITORY:',
    ...tags.map((tag) => `  skopeo copy oci:${directory}:${tag} docker://REGISTRY/REPOSITORY:${tag}`),
  ];
}
