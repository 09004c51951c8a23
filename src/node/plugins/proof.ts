// Proof that a plugin works on this node: its ELF header, and a run of it where the runtime will run it.

import { statSync } from 'node:fs';
import { type CommandEnd, runCommand } from '../../lib/command.ts';
import type { CodeOf } from '../../failure/codes.ts';
import { Failure } from '../../failure/failure.ts';
import { type Elf, readElf } from '../../lib/files/elf.ts';
import { headOf } from '../../lib/files/elf-file.ts';
import { lstatIfThere } from '../../lib/files/file-facts.ts';
import { systemReason } from '../../lib/errno.ts';
import { errorWords } from '../../lib/linux/errors.ts';
import { refusal } from '../../failure/system-error.ts';
import { noExecution } from './bin-dir.ts';
import type { Arch } from '../../lib/architecture.ts';

/**
 * How long one run of one plugin may take. A Go program needs 10 ms of CPU to start; with a tenth of a core, four at once
 * and a memory limit that makes the kernel read its pages again and again, seconds were seen.
 */
const usualPatienceMs = 20_000;

/** What a plugin said of itself. */
export interface Proof {
  readonly name: string;
  /** The line it prints when run without a command, such as `CNI macvlan plugin v1.9.1`; may be empty. */
  readonly saysOfItself: string;
  /** CNI spec versions. */
  readonly specVersions: readonly string[];
  /** Of a dynamically linked plugin that ran with the loader and the libraries of this container, not with the node's. */
  readonly onlyHere?: OnlyHere;
}

export interface OnlyHere {
  readonly loader: string;
  /** Why it could not be run with the node's. */
  readonly because: string;
}

/** Runs a program with the loader and the libraries of the node, where the node can be entered. */
export type RunOnHost = (program: {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  /** In the network namespace of the host, too. */
  readonly inNetwork?: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}) => Promise<
  | { readonly where: 'host'; readonly end: CommandEnd }
  | { readonly where: 'elsewhere'; readonly because: string }
>;

/** Where a symbolic link leads on the node, as a path of this process; or why that can't be seen from here. */
export type FollowLink = (path: string) => Promise<{ readonly path: string } | { readonly unseen: string }>;

/** What stands there can neither be called sound nor broken. */
class Unjudged extends Error {
  override readonly name = 'Unjudged';
}

/** What holds for every plugin of a run. */
export interface ProofTerms {
  /** The node's. */
  readonly arch: Arch;
  readonly signal: AbortSignal;
  /** How long one run may take; the usual where nothing is said. */
  readonly patienceMs?: number;
  /** Undefined where there is nobody to enter the node. */
  readonly runOnHost?: RunOnHost | undefined;
  /** Without it a link is followed as this process sees it. */
  readonly followLink?: FollowLink | undefined;
}

export interface ProofRequest extends ProofTerms {
  readonly name: string;
  readonly path: string;
}

/**
 * Proves one plugin. Run without CNI_COMMAND, it says what it is and exits 0; plugins made with CNI's reference library
 * since v1.0.0 also say which spec versions they speak. One that does not is asked with CNI_COMMAND=VERSION, and has to
 * print JSON with `supportedVersions` (CNI spec). Neither touches the network or needs a container.
 *
 * One that is dynamically linked is run with the node's loader and libraries, where the node can be entered: that ours load
 * it means nothing to the runtime.
 * @throws Failure `plugin` when it does not work, `node` when the directory does not let anything run (noexec); Unjudged for a
 *   link that leads to where it can't be followed from here.
 */
export async function prove(standing: ProofRequest): Promise<Proof> {
  // A program that is several plugins tells by its name which of them it is to be.
  const request = { ...standing, path: await programOf(standing), calledAs: standing.path };
  const elf = requireSoundElf(request);
  const { stdout, stderr, onlyHere } = await runPlugin(request, elf, {});
  const [saysOfItself = '', ...more] = (stderr || stdout).trim().split('\n');
  return {
    name: request.name,
    saysOfItself,
    specVersions: specVersionsAmong(more) ?? (await askedSpecVersions(request, elf)),
    ...(onlyHere !== undefined && { onlyHere }),
  };
}

async function programOf({ path, followLink }: ProofRequest): Promise<string> {
  if (followLink === undefined || lstatIfThere(path)?.isSymbolicLink() !== true) return path;
  const followed = await followLink(path);
  if ('unseen' in followed) throw new Unjudged(followed.unseen);
  return followed.path;
}

interface Located extends ProofRequest {
  readonly calledAs: string;
}

/** Each start of a Go program costs a node as much as inflating three megabytes, so the second is spared where it can be. */
function specVersionsAmong(lines: readonly string[]): readonly string[] | undefined {
  const [, list] = /^CNI protocol versions supported: ([0-9., ]+)$/m.exec(lines.join('\n')) ?? [];
  return list?.split(', ');
}

async function askedSpecVersions(request: Located, elf: SoundElf): Promise<readonly string[]> {
  const { stdout } = await runPlugin(request, elf, { CNI_COMMAND: 'VERSION' });
  const { supportedVersionsIn } = await import('./version-answer.ts');
  const versions = supportedVersionsIn(stdout);
  if (versions !== undefined) return versions;
  throw brokenPlugin(
    request.name,
    'plugin-speaks-no-cni',
    `asked for its VERSION it printed ${quotedExcerpt(stdout)}, wanted JSON with supportedVersions`,
  );
}

type SoundElf = Extract<Elf, { kind: 'elf' }>;

/** @throws Failure `plugin`: empty, no ELF, cut short, or for another architecture. */
export function requireSoundElf(request: Pick<ProofRequest, 'name' | 'path' | 'arch'>): SoundElf {
  const { name, path, arch } = request;
  const { size } = statSync(path);
  const elf = readElf(headOf(path));
  if (elf.kind === 'not-elf') {
    throw brokenPlugin(name, 'plugin-not-elf', `${path} is not an executable: ${elf.because}`);
  }
  if (elf.arch !== arch) {
    throw brokenPlugin(
      name,
      'plugin-other-architecture',
      `it is built for ${elf.arch}, this node is ${arch}`,
      `take the archive cni-plugins-linux-${arch}-<version>.tgz`,
    );
  }
  if (size < elf.endBytes) {
    throw brokenPlugin(
      name,
      'plugin-truncated',
      `it has ${size} bytes, its headers speak of ${elf.endBytes}`,
    );
  }
  return elf;
}

/** Runs the plugin with nothing in its environment but what is given. */
async function runPlugin(
  request: Located,
  elf: SoundElf,
  env: Record<string, string>,
): Promise<{ stdout: string; stderr: string; onlyHere?: OnlyHere | undefined }> {
  const { name, path, calledAs, signal, patienceMs: timeoutMs = usualPatienceMs, runOnHost } = request;
  const program = { path, env, timeoutMs, signal };
  const loader = elf.isStatic ? undefined : (elf.loader ?? 'a loader');
  const onHost = loader === undefined ? undefined : await runOnHost?.(program);
  signal.throwIfAborted();
  if (loader !== undefined && onHost?.where === 'host' && cantBeLoaded(onHost.end)) {
    throw notLoaded(name, loader, onHost.end);
  }
  const end =
    onHost?.where === 'host'
      ? onHost.end
      : await runCommand({ file: path, args: [], argv0: calledAs, env, timeoutMs, signal });
  signal.throwIfAborted();
  if (end.how !== 'exited' || end.exitCode !== 0) throw notWorking(name, path, end, env['CNI_COMMAND'] ?? '');
  if (loader === undefined || onHost?.where === 'host') return end;
  return { ...end, onlyHere: { loader, because: onHost?.because ?? 'nothing of the node is visible here' } };
}

/** The kernel's ENOENT for a file that is there, as nsenter passes it on; 127 is also what a loader says of a library. */
function cantBeLoaded(end: CommandEnd): boolean {
  if (end.how === 'not-started') return end.errno === 'ENOENT';
  return end.how === 'exited' && (end.exitCode === 126 || end.exitCode === 127);
}

function notLoaded(name: string, loader: string, end: CommandEnd): Failure {
  const said = end.how === 'exited' ? `; it said: ${quotedExcerpt(end.stderr || end.stdout)}` : '';
  return brokenPlugin(
    name,
    'plugin-not-started',
    `it is dynamically linked, and the node lacks its loader ${loader} or a library${said}`,
    'use a statically linked build, as the archives of upstream have it, or install what it needs on every node',
  );
}

function notWorking(name: string, path: string, end: CommandEnd, command: string): Failure {
  const asked = command === '' ? 'when run without a command' : `when asked for its ${command}`;
  switch (end.how) {
    case 'not-started':
      return notStarted(name, path, end.errno);
    case 'timed-out':
      return brokenPlugin(name, 'plugin-hangs', `it still ran after ${end.afterMs} ms ${asked}`);
    case 'killed':
      return brokenPlugin(name, 'plugin-crashes', `it ended by ${end.by} ${asked}`);
    case 'exited':
      return brokenPlugin(
        name,
        'plugin-fails',
        `it exited with ${end.exitCode} ${asked}, wanted 0; it said: ${quotedExcerpt(end.stderr || end.stdout)}`,
      );
  }
}

/** What execve(2) and fork(2) refuse for want of something that is the node's, not the plugin's. */
const shortages = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'EIO']);

function notStarted(name: string, path: string, errno: string): Failure {
  // The execute bit is ours to set and is set: this can only come from the mount or a security module.
  if (errno === 'EACCES')
    return noExecution(`the place of ${path}`, 'permission denied (EACCES), as on a mount with noexec');
  if (shortages.has(errno)) return refusal(errno, `to run ${path}`);
  const meaning = errno === 'ENOENT' ? 'its ELF interpreter is missing' : (errorWords(errno) ?? errno);
  return brokenPlugin(name, 'plugin-not-started', `the kernel refused to run ${path}: ${meaning}`);
}

function quotedExcerpt(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  if (line === '') return 'nothing';
  return line.length > 120 ? `"${line.slice(0, 120)}…"` : `"${line}"`;
}

function brokenPlugin(name: string, code: CodeOf<'plugin'>, problem: string, hint?: string): Failure {
  return new Failure(code, {
    message: `the plugin ${name} does not work on this node: ${problem}`,
    hint,
    plugins: [name],
  });
}

/** What came of running a plugin that is in place. */
export type Trial =
  | { readonly works: true; readonly proof: Proof }
  | { readonly works: false; readonly because: string }
  /** It leads out of this container, to where it can't be followed. */
  | { readonly works: 'unknown'; readonly because: string };

/** Links are followed, as the runtime follows them on the node; one that leads nowhere does not work. */
export async function tryOut(request: ProofRequest): Promise<Trial> {
  try {
    return { works: true, proof: await prove(request) };
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof Failure) return { works: false, because: error.message };
    if (error instanceof Unjudged) return { works: 'unknown', because: error.message };
    const reason = systemReason(error);
    if (reason !== undefined) return { works: false, because: `${request.path} can't be read: ${reason}` };
    throw error;
  }
}
