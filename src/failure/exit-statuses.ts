// What a run can come to, and the exit status of each: for the process, the help, the pages, and whoever writes a probe.

interface Ending {
  readonly status: number;
  /** For people; code is in backticks. */
  readonly meaning: string;
}

const endings = {
  success: { status: 0, meaning: 'the promise holds (also `degraded`, unless `--strict`)' },
  bug: { status: 1, meaning: 'a bug: the message has a stack and asks for a report' },
  usage: { status: 2, meaning: 'usage: options, environment' },
  acquisition: { status: 3, meaning: 'the archive could not be obtained, or the cluster not be asked' },
  digest: { status: 4, meaning: 'the archive is not the one that was expected (digest)' },
  content: { status: 5, meaning: "the archive's content is not acceptable, or lacks a requested plugin" },
  node: { status: 6, meaning: 'the node refused (directory, disk, permission, conflict under `fail`)' },
  plugin: { status: 7, meaning: 'a plugin does not work on this node (architecture, execution)' },
  sharing: { status: 8, meaning: 'sharing was required and could not be obtained' },
  findings: { status: 9, meaning: '`verify`, `doctor`, `fleet`: findings' },
} as const satisfies Readonly<Record<string, Ending>>;

export type EndingName = keyof typeof endings;

/** What kind of thing went wrong, of all that was foreseen; a code says which case of it. */
export type FailureKind = Exclude<EndingName, 'success' | 'bug' | 'findings'>;

/** By the shell's convention 128 and the signal's number. */
export const statusOfSignal = { SIGTERM: 143, SIGINT: 130 } as const;

export function statusOf(ending: EndingName): number {
  return endings[ending].status;
}

/** Of a run that acted: a degraded one kept its promise, unless it was to be strict. */
export function statusOfRun(
  {
    outcome,
    trouble,
  }: { readonly outcome: string; readonly trouble: { readonly exitStatus: number } | undefined },
  strict: boolean,
): number {
  const failed = outcome === 'failed' || (outcome === 'degraded' && strict);
  return failed ? (trouble?.exitStatus ?? statusOf('bug')) : statusOf('success');
}

/** Rows of a table for people. */
export const exitStatuses: readonly (readonly [status: string, meaning: string])[] = [
  ...Object.values(endings).map(({ status, meaning }) => [String(status), meaning] as const),
  [
    Object.values(statusOfSignal).join(', '),
    `stopped by ${Object.keys(statusOfSignal).join(', ')}: nothing half done`,
  ],
];
