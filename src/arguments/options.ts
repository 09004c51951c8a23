// The one table of verbs and options: parsing, help, README and usage errors are all made from it.

/** What each verb does, in the words of `--help`. `install` is the default. */
export const verbs = {
  install:
    'make the plugins present, proved and durable on this node, and share the mounts that Multus needs',
  'share-mounts': 'only share the mounts (for the two-container hardened layout)',
  verify: 'audit the node against its ledger and the catalog; writes nothing',
  rollback: "put an earlier set of plugins back, from the node's own store",
  uninstall: 'remove what this installer placed and give back what it displaced',
  bundle: 'fetch and verify archives on a connected machine, laid out for nodes without a network',
  releases: 'say what is known about upstream releases',
} as const;

export type Verb = keyof typeof verbs;

export const verbNames = Object.keys(verbs) as readonly Verb[];

/** How an option's text is read. Every value arrives as text, from a flag or from the environment. */
export type OptionKind = 'text' | 'list' | 'boolean' | 'integer' | 'duration' | 'choice';

export interface OptionSpec {
  readonly kind: OptionKind;
  readonly env?: string;
  /** Accepted words of a `choice`. */
  readonly choices?: readonly string[];
  /** What stands in the help as default; text only, config.ts gives it its meaning. */
  readonly default?: string;
  readonly placeholder?: string;
  readonly meaning: string;
  readonly verbs: readonly Verb[];
}

const everyVerb = verbNames;
const placing = ['install'] as const;
const fetching = ['install', 'bundle'] as const;
const sharing = ['install', 'share-mounts'] as const;
const mounts = ['install', 'share-mounts', 'verify'] as const;
const writing = ['install', 'share-mounts', 'rollback', 'uninstall'] as const;
const node = ['install', 'verify', 'rollback', 'uninstall'] as const;

export const optionTable = {
  plugins: {
    kind: 'list',
    env: 'CNI_PLUGINS',
    default: 'bridge,host-device,host-local,ipvlan,loopback,macvlan,portmap,static',
    placeholder: 'NAMES',
    meaning: 'plugins to install; `all` = all of the release',
    verbs: ['install', 'verify'],
  },
  skip: {
    kind: 'list',
    env: 'SKIP_CNI_BINARIES',
    placeholder: 'NAMES',
    meaning: 'names to leave out',
    verbs: ['install', 'verify'],
  },
  'cni-version': {
    kind: 'text',
    env: 'CNI_PLUGINS_VERSION',
    default: 'newest in the catalog',
    placeholder: 'VERSION',
    meaning:
      'release to install, `v1.9.1` or `1.9.1`; a local archive that carries a release in its name sets it too',
    verbs: ['install', 'releases'],
  },
  archive: {
    kind: 'text',
    env: 'CNI_PLUGINS_ARCHIVE',
    placeholder: 'PATH',
    meaning:
      "local tarball, or a directory that holds one by upstream's file name (flat, or `<version>/<file>`); no network is used",
    verbs: fetching,
  },
  mirror: {
    kind: 'list',
    env: 'CNI_PLUGINS_MIRRORS',
    default: "upstream's release URL",
    placeholder: 'URLS',
    meaning:
      'base URLs in order, `<base>/<version>/cni-plugins-linux-<arch>-<version>.tgz`; `http`, `https`, `file`',
    verbs: fetching,
  },
  sha256: {
    kind: 'list',
    env: 'CNI_PLUGINS_SHA256',
    default: 'the catalog',
    placeholder: 'HEX',
    meaning:
      'expected digest of the archive: one, or `amd64=<hex>,arm64=<hex>`; several for one platform mean any of them',
    verbs: fetching,
  },
  sha512: {
    kind: 'list',
    env: 'CNI_PLUGINS_SHA512',
    default: 'the catalog',
    placeholder: 'HEX',
    meaning: 'the same by SHA-512; with `--sha256` both must hold',
    verbs: fetching,
  },
  'trust-sidecar': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_TRUST_SIDECAR',
    default: 'false',
    meaning: "accept the release's own `.sha256` when nothing else is known: integrity only",
    verbs: fetching,
  },
  'cni-bin-dir': {
    kind: 'text',
    env: 'CNI_PLUGINS_BIN_DIR',
    default: '/host/opt/cni/bin',
    placeholder: 'DIR',
    meaning: "where the node's CNI bin dir is mounted",
    verbs: node,
  },
  'create-bin-dir': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_CREATE_BIN_DIR',
    default: 'false',
    meaning: 'make the bin dir when it is absent',
    verbs: placing,
  },
  'state-dir': {
    kind: 'text',
    env: 'CNI_PLUGINS_STATE_DIR',
    default: '<bin dir>/.cni-plugins-installer',
    placeholder: 'DIR',
    meaning: "the node's store and ledger; on the same mount as the bin dir",
    verbs: node,
  },
  mode: {
    kind: 'list',
    env: 'CNI_PLUGINS_MODES',
    default: '0755 for each',
    placeholder: 'NAME=OCTAL',
    meaning:
      'permission bits of a plugin, such as `bridge=4755`; beyond 0755 (setuid, setgid) only by this explicit choice, never by the archive',
    verbs: placing,
  },
  'on-conflict': {
    kind: 'choice',
    env: 'CNI_PLUGINS_ON_CONFLICT',
    choices: ['replace', 'keep', 'fail'],
    default: 'replace',
    meaning:
      'a plugin that others placed: `replace` it (its original comes back at uninstall), `keep` it if it works, or `fail`; `UPDATE_CNI_BINARIES=false` means `keep`',
    verbs: ['install', 'verify'],
  },
  'share-mounts': {
    kind: 'choice',
    env: 'CNI_PLUGINS_SHARE_MOUNTS',
    choices: ['rshared', 'targeted', 'off'],
    default: 'rshared',
    meaning:
      '`rshared`: when a needed mount is not shared, `mount --make-rshared /` on the host; `targeted`: only the mounts needed; `off`',
    verbs: mounts,
  },
  'shared-path': {
    kind: 'list',
    env: 'CNI_PLUGINS_SHARED_PATHS',
    default: '/,/opt/cni/bin,/var/lib/kubelet,/run/netns',
    placeholder: 'PATHS',
    meaning: 'host paths whose mounts must be shared',
    verbs: mounts,
  },
  'require-shared': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_REQUIRE_SHARED',
    default: 'false',
    meaning: 'fail where sharing could not be obtained; else it is a warning with the remedy',
    verbs: sharing,
  },
  'host-proc': {
    kind: 'text',
    env: 'CNI_PLUGINS_HOST_PROC',
    default: '/host/proc',
    placeholder: 'DIR',
    meaning: "the host's procfs; absent: `/proc` when the pod has hostPID",
    verbs: mounts,
  },
  to: {
    kind: 'integer',
    placeholder: 'N',
    default: 'the one before',
    meaning: 'generation to go back to',
    verbs: ['rollback'],
  },
  directory: {
    kind: 'text',
    placeholder: 'DIR',
    meaning: 'where the bundle goes',
    verbs: ['bundle'],
  },
  check: {
    kind: 'text',
    placeholder: 'DIR',
    meaning: 'verify a bundle instead of making one; no network is used',
    verbs: ['bundle'],
  },
  versions: {
    kind: 'list',
    placeholder: 'VERSIONS',
    default: 'newest in the catalog',
    meaning: 'releases to bundle',
    verbs: ['bundle'],
  },
  platforms: {
    kind: 'list',
    placeholder: 'ARCHES',
    default: 'amd64,arm64',
    meaning: 'architectures to bundle',
    verbs: ['bundle'],
  },
  'for-kubernetes': {
    kind: 'text',
    placeholder: 'MINOR',
    meaning: 'only the release that this Kubernetes minor is tested with, `1.34`',
    verbs: ['releases'],
  },
  'for-runtime': {
    kind: 'text',
    placeholder: 'RUNTIME',
    meaning: 'CNI spec versions against those of a container runtime, `containerd/1.7`',
    verbs: ['releases'],
  },
  timeout: {
    kind: 'duration',
    env: 'CNI_PLUGINS_TIMEOUT',
    default: '5m',
    placeholder: 'DURATION',
    meaning: 'for the whole run; `30s`, `5m`',
    verbs: everyVerb,
  },
  retries: {
    kind: 'integer',
    env: 'CNI_PLUGINS_RETRIES',
    default: '5',
    placeholder: 'N',
    meaning: 'further attempts after the first, for each mirror',
    verbs: fetching,
  },
  'ca-file': {
    kind: 'text',
    env: 'CNI_PLUGINS_CA_FILE',
    placeholder: 'FILE',
    meaning: 'extra certificate authorities (PEM)',
    verbs: fetching,
  },
  strict: {
    kind: 'boolean',
    env: 'CNI_PLUGINS_STRICT',
    default: 'false',
    meaning: 'a degraded run fails',
    verbs: placing,
  },
  'dry-run': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_DRY_RUN',
    default: 'false',
    meaning: 'say what would be done, write nothing',
    verbs: writing,
  },
  'log-format': {
    kind: 'choice',
    env: 'CNI_PLUGINS_LOG_FORMAT',
    choices: ['text', 'json'],
    default: 'text',
    meaning: '`text` or `json` (one object a line); logs go to stderr',
    verbs: everyVerb,
  },
  'log-level': {
    kind: 'choice',
    env: 'CNI_PLUGINS_LOG_LEVEL',
    choices: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    meaning: 'the least important lines that are written',
    verbs: everyVerb,
  },
  output: {
    kind: 'choice',
    choices: ['text', 'json'],
    default: 'text',
    meaning: 'the result of a verb that answers, on stdout',
    verbs: everyVerb,
  },
  'termination-log': {
    kind: 'text',
    env: 'CNI_PLUGINS_TERMINATION_LOG',
    default: '/dev/termination-log where it exists',
    placeholder: 'FILE',
    meaning: 'where the report goes',
    verbs: everyVerb,
  },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof optionTable;

export const optionNames = Object.keys(optionTable) as readonly OptionName[];

/** The options that take one word out of a few, and the words of each. */
export type ChoiceName = {
  [Name in OptionName]: (typeof optionTable)[Name] extends { kind: 'choice' } ? Name : never;
}[OptionName];
export type ChoiceOf<Name extends ChoiceName> = (typeof optionTable)[Name]['choices'][number];

/** The table's row with its optional columns visible to the type checker. */
export function specOf(name: OptionName): OptionSpec {
  return optionTable[name];
}

/** A value as it was given, and by which name: an error has to name what the operator wrote. */
export interface Given {
  readonly values: readonly string[];
  /** `--retries` or `CNI_PLUGINS_RETRIES`. */
  readonly by: string;
}

/** What was asked, as given: nothing is checked yet but that the names exist and concern the verb. */
export interface Options {
  readonly verb: Verb;
  readonly given: Readonly<Partial<Record<OptionName, Given>>>;
}
