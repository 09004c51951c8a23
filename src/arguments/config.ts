// Options → Config: every value checked and typed, or one usage error that names it.

import { basename, join } from 'node:path';
import type { LogFormat, LogLevel } from '../lib/log.ts';
import type { ChoiceOf, Options, Verb } from './options.ts';
import { badValue, OptionReader, usage } from './option-value.ts';
import { newestVersion, pluginsOf, refusalOf, upstreamBaseUrl } from '../release/catalog.ts';
import { parseVersion } from '../release/version.ts';
import { type Arch, architectures } from '../lib/architecture.ts';
import { hexLength } from '../lib/files/digest.ts';
import type { Trust } from '../release/expectation.ts';

/** Which plugins of which release the node shall have. */
export interface Wish {
  /** `all` is resolved once the release's contents are known. */
  readonly plugins: readonly string[] | 'all';
  readonly skip: readonly string[];
  /** `v1.9.1`. */
  readonly version: string;
  /** The operator named the plugins. */
  readonly explicit: boolean;
  /** Permission bits by plugin, where they are to be others than 0755. */
  readonly modes: ReadonlyMap<string, number>;
}

export interface Config {
  readonly verb: Verb;
  readonly arch: Arch;
  readonly wish: Wish;
  readonly trust: Trust;
  readonly source: {
    /** Absolute path of a tarball or directory; when set, no network is used. */
    readonly archive: string | undefined;
    readonly mirrors: readonly URL[];
    readonly retries: number;
    readonly caFile: string | undefined;
  };
  readonly node: {
    readonly binDir: string;
    readonly stateDir: string;
    readonly createBinDir: boolean;
    readonly onConflict: ChoiceOf<'on-conflict'>;
    /** For `rollback`: the generation to go back to; undefined is the one before. */
    readonly toGeneration: number | undefined;
  };
  readonly sharing: {
    readonly mode: ChoiceOf<'share-mounts'>;
    /** The operator asked for sharing in so many words, so it is also done outside a container. */
    readonly explicit: boolean;
    readonly paths: readonly string[];
    readonly required: boolean;
    readonly hostProc: string;
  };
  /** For `bundle`: which archives go where, or which directory is checked. */
  readonly bundle: {
    readonly directory: string | undefined;
    readonly check: string | undefined;
    readonly versions: readonly string[];
    readonly platforms: readonly Arch[];
  };
  /** For `releases`: what is asked about. */
  readonly releases: {
    readonly version: string | undefined;
    readonly forKubernetes: string | undefined;
    readonly forRuntime: string | undefined;
  };
  readonly run: {
    readonly timeoutMs: number;
    readonly strict: boolean;
    readonly dryRun: boolean;
    readonly logFormat: LogFormat;
    readonly logLevel: LogLevel;
    readonly output: ChoiceOf<'output'>;
    /** Undefined: the runtime's own file, where it exists. */
    readonly terminationLog: string | undefined;
  };
}

/**
 * Checks what was given. Pure but for the architecture, which the edge reads from the machine.
 * @throws Failure `usage`, naming the option as the operator wrote it, the value, and what is accepted.
 */
export function configure(options: Options, arch: Arch): Config {
  const read = new OptionReader(options);
  const archive = read.path('archive');
  return {
    verb: options.verb,
    arch,
    wish: wishOf(read, options.verb, archive),
    trust: {
      given: { sha256: digestsOf(read, 'sha256', arch), sha512: digestsOf(read, 'sha512', arch) },
      sidecar: read.boolean('trust-sidecar'),
    },
    source: {
      archive,
      mirrors: mirrorsOf(read),
      retries: read.integer('retries') ?? 5,
      caFile: read.path('ca-file'),
    },
    node: nodeOf(read),
    sharing: sharingOf(read, options.verb),
    bundle: bundleOf(read),
    releases: {
      version: read.given('cni-version') && versionOf(read, undefined),
      forKubernetes: read.text('for-kubernetes'),
      forRuntime: read.text('for-runtime'),
    },
    run: runOf(read),
  };
}

const defaultPlugins = [
  'bridge',
  'host-device',
  'host-local',
  'ipvlan',
  'loopback',
  'macvlan',
  'portmap',
  'static',
];

function wishOf(read: OptionReader, verb: Verb, archive: string | undefined): Wish {
  const version = versionOf(read, archive);
  if (verb === 'install') requireUsable(read, version);
  const explicit = read.given('plugins') !== undefined;
  const modes = modesOf(read);
  const plugins = read.list('plugins') ?? defaultPlugins;
  const skip = read.list('skip') ?? [];
  requireNames(read, 'plugins', plugins);
  requireNames(read, 'skip', skip);
  if (plugins.includes('all')) return { plugins: 'all', skip, version, explicit, modes };
  requireInRelease(read, plugins, version);
  const wanted = plugins.filter((name) => !skip.includes(name)).toSorted();
  if (wanted.length === 0) {
    throw usage(
      'nothing-wanted',
      `no plugin is left to install: ${plugins.join(', ')} without ${skip.join(', ')}`,
      'name more with --plugins, or fewer with --skip (SKIP_CNI_BINARIES)',
    );
  }
  return { plugins: wanted, skip, version, explicit, modes };
}

/** A name becomes a file name in the bin dir: no path, no hidden file, nothing a shell or a log would trip over. */
function requireNames(read: OptionReader, option: 'plugins' | 'skip', names: readonly string[]): void {
  const given = read.given(option);
  const bad = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name));
  if (bad === undefined || given === undefined) return;
  throw badValue(option, given, `names "${bad}"`, 'plugin names such as macvlan, or all');
}

function requireInRelease(read: OptionReader, plugins: readonly string[], version: string): void {
  const contents = pluginsOf(version);
  const unknown = plugins.filter((name) => contents?.includes(name) === false);
  if (contents === undefined || unknown.length === 0) return;
  throw usage(
    'unknown-plugin',
    `${read.given('plugins')?.by ?? '--plugins'} names ${unknown.join(', ')}, which ${version} does not have; ` +
      `it has ${contents.join(', ')}`,
    'correct the name, or choose a release that has it with --cni-version',
  );
}

/** Permission bits an operator grants by name. A plugin that its owner can't read and execute is no plugin. */
function modesOf(read: OptionReader): ReadonlyMap<string, number> {
  const given = read.given('mode');
  const modes = new Map<string, number>();
  for (const item of read.list('mode') ?? []) {
    const [, name, octal] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=([0-7]{3,4})$/.exec(item) ?? [];
    const mode = Number.parseInt(octal ?? '0', 8);
    if (name !== undefined && (mode & 0o500) === 0o500 && !modes.has(name)) modes.set(name, mode);
    else if (given !== undefined)
      throw badValue('mode', given, `has "${item}"`, 'each plugin once, as in bridge=4755, at least 0500');
  }
  return modes;
}

/** The operator's word, else the release that a local archive carries in its name, else the newest that is known. */
function versionOf(read: OptionReader, archive: string | undefined): string {
  const given = read.given('cni-version');
  const text = read.text('cni-version');
  if (given === undefined || text === undefined) return versionInName(archive) ?? newestVersion();
  const version = parseVersion(text);
  if (version === undefined) throw badValue('cni-version', given, 'is not a release', 'v1.9.1 or 1.9.1');
  return version;
}

function requireUsable(read: OptionReader, version: string): void {
  const refusal = refusalOf(version);
  if (refusal === undefined) return;
  const by = read.given('cni-version')?.by ?? 'the name of --archive';
  throw usage(
    'refused-version',
    `${by} says ${version}, which can't be used: ${refusal.reason}`,
    `take ${refusal.take}`,
  );
}

function versionInName(archive: string | undefined): string | undefined {
  const [, name] = /^cni-plugins-linux-[a-z0-9]+-(v.+)\.tgz$/.exec(basename(archive ?? '')) ?? [];
  return name === undefined ? undefined : parseVersion(name);
}

/**
 * The digests given for this node's platform. A map without this platform is an error, not a reason to fall back to
 * the catalog: the operator said what to expect, and not for this machine.
 */
function digestsOf(read: OptionReader, algorithm: 'sha256' | 'sha512', arch: Arch): readonly string[] {
  const given = read.given(algorithm);
  if (given === undefined) return [];
  const wanted = `${hexLength[algorithm]} hex digits, or a list such as amd64=<hex>,arm64=<hex>`;
  const entries = (read.list(algorithm) ?? []).map((item) => {
    const [, platform = arch, hex = ''] = /^(?:(?:linux\/)?([a-z0-9]+)=)?([0-9A-Fa-f]+)$/.exec(item) ?? [];
    if (hex.length !== hexLength[algorithm]) throw badValue(algorithm, given, `has "${item}"`, wanted);
    return { platform, hex: hex.toLowerCase() };
  });
  const here = entries.filter(({ platform }) => platform === arch).map(({ hex }) => hex);
  if (here.length > 0) return here;
  throw usage(
    'digest-of-other-platforms',
    `${given.by} has digests for ${entries.map(({ platform }) => platform).join(', ')}, but none for this node's platform ${arch}`,
    `add ${arch}=<hex>`,
  );
}

/** The given mirrors, or upstream; whichever it is goes through the same reading. */
function mirrorsOf(read: OptionReader): readonly URL[] {
  return (read.list('mirror') ?? [upstreamBaseUrl]).map((text) => {
    const url = baseUrlOf(text);
    if (url !== undefined) return url;
    const given = { by: '--mirror', ...read.given('mirror'), values: [withoutUser(text)] };
    throw badValue('mirror', given, 'is not a URL', 'base URLs with http, https or file');
  });
}

/** Ends in a slash, so that a relative path appended to it keeps its last component; undefined for what is no base URL. */
function baseUrlOf(text: string): URL | undefined {
  const url = URL.parse(text.endsWith('/') ? text : `${text}/`);
  return url !== null && ['http:', 'https:', 'file:'].includes(url.protocol) ? url : undefined;
}

/** A value that is no URL may still hold a password. */
function withoutUser(text: string): string {
  return text.replace(/[^/@]*@/, '***@');
}

function nodeOf(read: OptionReader): Config['node'] {
  const binDir = read.path('cni-bin-dir') ?? '/host/opt/cni/bin';
  return {
    binDir,
    stateDir: read.path('state-dir') ?? join(binDir, '.cni-plugins-installer'),
    createBinDir: read.boolean('create-bin-dir'),
    onConflict: read.choice('on-conflict') ?? 'replace',
    toGeneration: read.integer('to'),
  };
}

function sharingOf(read: OptionReader, verb: Verb): Config['sharing'] {
  const paths = read.list('shared-path') ?? ['/', '/opt/cni/bin', '/var/lib/kubelet', '/run/netns'];
  const given = read.given('shared-path');
  const relative = paths.find((path) => !path.startsWith('/'));
  if (relative !== undefined && given !== undefined) {
    throw badValue('shared-path', given, `has "${relative}"`, 'absolute paths on the host');
  }
  return {
    mode: read.choice('share-mounts') ?? 'rshared',
    explicit: verb === 'share-mounts' || read.given('share-mounts') !== undefined,
    paths,
    required: read.boolean('require-shared'),
    hostProc: read.path('host-proc') ?? '/host/proc',
  };
}

function bundleOf(read: OptionReader): Config['bundle'] {
  return {
    directory: read.path('directory'),
    check: read.path('check'),
    versions: (read.list('versions') ?? [newestVersion()]).map((text) => {
      const version = parseVersion(text);
      if (version !== undefined && refusalOf(version) === undefined) return version;
      throw badValue(
        'versions',
        { by: '--versions', values: [text] },
        'is not a usable release',
        'v1.9.1 or 1.9.1',
      );
    }),
    platforms: (read.list('platforms') ?? ['amd64', 'arm64']).map((text) => {
      const arch = architectures.find((known) => known === text.replace(/^linux\//, ''));
      if (arch !== undefined) return arch;
      throw badValue(
        'platforms',
        { by: '--platforms', values: [text] },
        'is unknown',
        architectures.join(', '),
      );
    }),
  };
}

function runOf(read: OptionReader): Config['run'] {
  return {
    timeoutMs: read.durationMs('timeout') ?? 5 * 60_000,
    strict: read.boolean('strict'),
    dryRun: read.boolean('dry-run'),
    logFormat: read.choice('log-format') ?? 'text',
    logLevel: read.choice('log-level') ?? 'info',
    output: read.choice('output') ?? 'text',
    terminationLog: read.path('termination-log'),
  };
}
