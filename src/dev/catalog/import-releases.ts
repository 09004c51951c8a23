// Writes src/release/catalog.json: from collected material, or by one new release of upstream. Never shipped.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { upstreamSidecar } from '../../release/accepted-digests.ts';
import { type CatalogFile, listOf, type ReleaseRecord } from '../../release/catalog-file.ts';
import { archiveFileName, upstreamBaseUrl } from '../../release/upstream.ts';
import { digestIn } from '../../release/checksum-file.ts';
import { parseVersion } from '../../release/version.ts';
import { faultsOf } from './faults.ts';
import { compareNames, serializeCatalog, sortedList } from './form.ts';
import { provenancePage } from './provenance.ts';
import { catalogFrom, type Material, withDigest, withFacts } from './material.ts';
import { releaseFacts, type ReleaseFacts } from './release-facts.ts';
import { type Arch, architectures } from '../../lib/architecture.ts';
import { type DigestAlgorithm, digestAlgorithms } from '../../lib/files/digest.ts';

const usage = `Usage: node src/dev/catalog/import-releases.ts
  --material FILE [--check]            make the catalog from collected material
  --release VERSION [--from BASE_URL]  add a release by the digests in upstream's sidecars
            [--plugins A,B]            its plugins, when they are not those of the newest release
  --check                              is the catalog in its normal form, sound, and up to date?
  --catalog FILE                       default: src/release/catalog.json
  --provenance FILE                    goes with --material; default: docs/catalog-provenance.md`;

const requestTimeoutMs = 30_000;
const shownDifferences = 20;

export interface Surroundings {
  readonly facts: ReleaseFacts;
  /** Takes one line for people. */
  readonly say: (line: string) => void;
}

/** Does what the arguments ask for. Returns the exit status: 0 done or in order, 1 stale or refused, 2 usage. */
export async function importReleases(args: readonly string[], around: Surroundings): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) {
    around.say(usage);
    return 2;
  }
  try {
    const stale = await settle(await wantedFiles(options, around), around.say, options.check);
    return stale && options.check ? 1 : 0;
  } catch (error) {
    around.say(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

interface ImportOptions {
  readonly catalog: string;
  readonly provenance: string;
  readonly check: boolean;
  readonly material: string | undefined;
  readonly release: string | undefined;
  readonly from: string;
  readonly plugins: string | undefined;
}

function optionsOf(args: readonly string[]): ImportOptions | undefined {
  const text = { type: 'string' } as const;
  const options = {
    material: text,
    release: text,
    from: text,
    plugins: text,
    catalog: text,
    provenance: text,
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { ...options, check: { type: 'boolean' } } });
    const { check = false, material, release, plugins } = values;
    const asked = [check || material !== undefined, release !== undefined].filter(Boolean);
    if (asked.length !== 1) return undefined;
    return {
      check,
      material,
      release,
      plugins,
      from: values.from ?? upstreamBaseUrl,
      catalog: values.catalog ?? besideThis('../../release/catalog.json'),
      provenance: values.provenance ?? besideThis('../../../docs/catalog-provenance.md'),
    };
  } catch {
    return undefined;
  }
}

function besideThis(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

interface WantedFile {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

async function wantedFiles(options: ImportOptions, around: Surroundings): Promise<WantedFile[]> {
  const before = await readFile(options.catalog, 'utf8');
  const existing: CatalogFile = JSON.parse(before);
  if (options.material === undefined) {
    const releases = await wantedReleases(options, existing, around.say);
    const wanted = withFacts(releases, around.facts);
    return [{ file: options.catalog, before, after: await soundCatalog(wanted) }];
  }
  const material: Material = JSON.parse(await readFile(options.material, 'utf8'));
  const page = await readFile(options.provenance, 'utf8').catch(() => '');
  const wanted = catalogFrom(material, around.facts, existing);
  return [
    { file: options.catalog, before, after: await soundCatalog(wanted) },
    { file: options.provenance, before: page, after: provenancePage(material) },
  ];
}

async function wantedReleases(
  options: ImportOptions,
  existing: CatalogFile,
  say: Surroundings['say'],
): Promise<CatalogFile['releases']> {
  if (options.release === undefined) return existing.releases;
  return releasesWithNew(options, options.release, existing, say);
}

async function soundCatalog(catalog: CatalogFile): Promise<string> {
  const faults = faultsOf(catalog);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return serializeCatalog(catalog);
}

/** Writes what is wanted or, under `check`, only says how the files differ from it. Whether any differed. */
async function settle(
  files: readonly WantedFile[],
  say: Surroundings['say'],
  check: boolean,
): Promise<boolean> {
  const stale = files.filter(({ before, after }) => before !== after);
  for (const { file, before, after } of stale) {
    [file, ...differences(before, after)].forEach((line) => say(line));
    if (!check) await writeFile(file, after);
  }
  return stale.length > 0;
}

/** Lines that only one side has, the first few of them; never empty for unequal texts. */
function differences(before: string, after: string): string[] {
  const old = new Set(before.split('\n'));
  const now = new Set(after.split('\n'));
  const lines = [
    ...[...old].filter((line) => !now.has(line)).map((line) => `- ${line.trim()}`),
    ...[...now].filter((line) => !old.has(line)).map((line) => `+ ${line.trim()}`),
  ];
  if (lines.length === 0) return ['the same lines in another order'];
  const rest = lines.length - shownDifferences;
  return rest > 0 ? [...lines.slice(0, shownDifferences), `… and ${rest} more lines`] : lines;
}

async function releasesWithNew(
  options: ImportOptions,
  name: string,
  before: CatalogFile,
  say: Surroundings['say'],
): Promise<CatalogFile['releases']> {
  const version = parseVersion(name);
  if (version === undefined) throw new Error(`${name} is not a release; expected a version such as v1.9.2`);
  const record = before.releases[version] ?? sameContents(before, version);
  const named = options.plugins === undefined ? record : { ...record, plugins: pluginList(options.plugins) };
  return { ...before.releases, [version]: await withSidecars(named, version, options.from, say) };
}

function pluginList(text: string): string {
  return sortedList(text.split(',').map((plugin) => plugin.trim()));
}

/** A new release is taken to contain what the newest one before it contains, and says so. */
function sameContents(before: CatalogFile, version: string): ReleaseRecord {
  const usable = Object.keys(before.releases).filter(
    (known) => before.releases[known]?.refused === undefined,
  );
  const model = usable.sort(compareNames).findLast((known) => compareNames(known, version) < 0) ?? '';
  const record = before.releases[model];
  if (record === undefined) throw new Error(`${version} is older than every release in the catalog`);
  const { architectures: published, plugins, otherFiles, specVersions, specExceptions } = record;
  return {
    architectures: published,
    plugins,
    otherFiles,
    specVersions,
    specExceptions,
    contentsAssumedFrom: model,
  };
}

async function withSidecars(
  record: ReleaseRecord,
  version: string,
  from: string,
  say: Surroundings['say'],
): Promise<ReleaseRecord> {
  let digests = record.digests;
  for (const subject of subjectsOf(record, version)) {
    const hex = await sidecarDigest(subject, from);
    if (hex === undefined) say(`${version} ${subject.arch}: no .${subject.algorithm} sidecar`);
    else digests = withDigest(digests, { ...subject, hex: agreed(hex, record, subject) }, upstreamSidecar);
  }
  if (digests === record.digests) throw new Error(`${version}: no sidecar at ${from}`);
  return { ...record, digests };
}

function subjectsOf(record: ReleaseRecord, version: string): DigestSubject[] {
  const published = listOf(record.architectures);
  return architectures
    .filter((arch) => published.includes(arch))
    .flatMap((arch) => digestAlgorithms.map((algorithm) => ({ version, arch, algorithm })));
}

interface DigestSubject {
  readonly version: string;
  readonly arch: Arch;
  readonly algorithm: DigestAlgorithm;
}

/** A digest that contradicts the known ones is a re-release or an attack: a person has to look (plugins#1038). */
function agreed(hex: string, record: ReleaseRecord, { version, arch, algorithm }: DigestSubject): string {
  const known = Object.keys(record.digests?.[arch]?.[algorithm] ?? {});
  if (known.length === 0 || known.includes(hex)) return hex;
  const message = `${version} ${arch}: the ${algorithm} sidecar says ${hex}, the catalog ${known.join(', ')}`;
  throw new Error(`${message}; was it released again?`);
}

/** What a sidecar says; undefined when there is none. Throws for every other answer, and for one about another file. */
async function sidecarDigest(subject: DigestSubject, from: string): Promise<string | undefined> {
  const { version, arch, algorithm } = subject;
  const file = archiveFileName(version, arch);
  const url = `${from.replace(/\/+$/, '')}/${version}/${file}.${algorithm}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(requestTimeoutMs) });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`${url}: HTTP status ${answer.status}`);
  const hex = digestIn(await answer.text(), file, algorithm);
  if (hex === undefined) throw new Error(`${url}: no line of ${algorithm}sum about ${file}`);
  return hex;
}

if (import.meta.main) {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  process.exitCode = await importReleases(process.argv.slice(2), { facts: releaseFacts, say });
}
