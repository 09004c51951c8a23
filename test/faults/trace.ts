// Reading strace(1): which system calls of a run change the bin dir, and how to name each of them again. Pure.

/** What strace is told to watch. A question mark: not every architecture has the call. */
export const mutatingCalls: readonly string[] = [
  '?open ?creat openat ?openat2 ?mknod mknodat bind',
  'write writev pwrite64 pwritev ?pwritev2 sendfile copy_file_range ioctl',
  '?rename renameat ?renameat2 ?link linkat ?symlink symlinkat',
  '?unlink unlinkat ?mkdir mkdirat ?rmdir truncate ftruncate fallocate',
  '?chmod fchmod fchmodat ?fchmodat2 ?chown fchown ?lchown fchownat',
  'utimensat ?utimes ?utime ?futimesat setxattr lsetxattr fsetxattr',
  'fsync fdatasync sync_file_range syncfs',
].flatMap((line) => line.split(' '));

/** One system call of a trace. */
export interface Call {
  readonly name: string;
  /** Its paths below the root, relative to it, in the order of its arguments; those of descriptors too. */
  readonly paths: readonly string[];
  readonly mutates: boolean;
  readonly failed: boolean;
  /** strace's fault injection struck here. */
  readonly injected: boolean;
}

/** The calls in strace's output (`-y`, one thread) that have to do with the root, in order. */
export function callsIn(trace: string, root: string): Call[] {
  return trace
    .split('\n')
    .flatMap((line) => readCall(line, root) ?? [])
    .filter(({ name, paths }) => paths.length > 0 || name === 'bind');
}

function readCall(line: string, root: string): Call | undefined {
  const [, name, rest] = /^(\w+)\((.*)$/.exec(line) ?? [];
  if (name === undefined || rest === undefined) return undefined;
  return {
    name,
    paths: pathsIn(rest, root),
    mutates: mutates(name, rest),
    failed: / = -1 E[A-Z]+ /.test(rest),
    injected: rest.endsWith('(INJECTED)'),
  };
}

/** A path stands in quotes as an argument, in angle brackets after a descriptor. A result's descriptor is left out. */
function pathsIn(rest: string, root: string): string[] {
  const [args = ''] = rest.split(/\) += /, 1);
  return [...args.matchAll(/["<](\/[^">]*)[">]/g)].flatMap(([, path = '']) =>
    path === root || path.startsWith(`${root}/`) ? [path.slice(root.length + 1)] : [],
  );
}

function mutates(name: string, rest: string): boolean {
  if (name.startsWith('open')) return /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(rest);
  return name === 'ioctl' ? rest.includes('FICLONE') : true;
}

/** A mutating call, in the terms by which strace finds it again: its how manieth of its name, among the given paths. */
export interface Point {
  readonly name: string;
  readonly paths: readonly string[];
  readonly when: number;
  /** It came to nothing in the undisturbed run: a directory that was there already, a clone that is not to be had. */
  readonly failed: boolean;
}

/** Every mutating call among the calls of one thread. strace counts per name, and counts what only reads as well. */
export function pointsIn(calls: readonly Call[]): Point[] {
  const watched = new Set(watchedPaths(calls));
  const counts = new Map<string, number>();
  return calls.flatMap(({ name, paths, mutates: changes, failed }) => {
    if (name !== 'bind' && !paths.some((path) => watched.has(path))) return [];
    const when = (counts.get(name) ?? 0) + 1;
    counts.set(name, when);
    return changes ? [{ name, paths, when, failed }] : [];
  });
}

/** All that the mutating calls speak of. */
export function watchedPaths(calls: readonly Call[]): string[] {
  return [...new Set(calls.flatMap(({ mutates: changes, paths }) => (changes ? paths : [])))];
}

export function describePoint({ name, paths, when }: Point): string {
  return `${name} ${when} (${paths.join(' → ')})`;
}
