// A lock in a directory, held by the kernel for as long as its holder lives, across containers.
//
// Node has no flock(2), and a process id means nothing in another container's PID namespace. A listening unix socket
// does: connect(2) succeeds while its process lives and is refused (ECONNREFUSED) from the instant it is gone, however
// it went, and the end of a connection wakes whoever waits on it. No heartbeat, no clock, no stale file to guess about.
//
// Protocol: publish a listening socket under a name never used before, then look at all the others. No other alive:
// the lock is ours. Another alive: withdraw, wait for it to go, try again. Since everyone publishes before looking, of
// two that come at once at least one sees the other; when both do, both withdraw and a random pause parts them. A dead
// socket is removed by whoever meets it: its name is never used again, so that can't hit a living one. Whoever connects is
// told who has the lock, and, on a line each, who else waits and has said its name.

import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, renameSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pause } from '../time/pause.ts';
import { removeFile, tidyAway } from './remove.ts';
import { errnoOf } from '../errno.ts';

export interface LockPlace {
  /** Holds nothing but the sockets; it exists. */
  readonly directory: string;
  /** A name on the same file system for a socket that is not listening yet. */
  readonly temporary: () => string;
}

export interface LockSettings {
  /** What a waiting installer is told about us, on one line. */
  readonly holder: string;
  readonly signal: AbortSignal;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Called each time somebody else has the lock, with what that one says of itself. */
  readonly onWait: (holder: string) => void;
}

export interface Lock {
  readonly release: () => Promise<void>;
}

/**
 * Waits until the lock is ours. Rejects with the signal's reason when aborted, and with Node's own error where the
 * directory can't be written or the file system has no sockets; with ENOENT when a directory goes meanwhile.
 */
export async function takeLock(place: LockPlace, settings: LockSettings): Promise<Lock> {
  for (;;) {
    settings.signal.throwIfAborted();
    const mine = await publish(place, settings.holder);
    const other = await findLiving(place.directory, mine.name).catch(async (error: unknown) => {
      await mine.withdraw();
      throw error;
    });
    if (other === undefined) return { release: mine.withdraw };
    await mine.withdraw();
    const [holder = ''] = await other.words;
    other.socket.write(`${settings.holder}\n`);
    settings.onWait(holder);
    await untilGone(other.socket, settings.signal);
    await pause(settings.random() * 100, settings.signal);
  }
}

interface Published {
  readonly name: string;
  readonly withdraw: () => Promise<void>;
}

/** The socket gets its name once it listens: until then it would look dead to the others. */
async function publish({ directory, temporary }: LockPlace, holder: string): Promise<Published> {
  /** With what each one that waits says of itself. */
  const connections = new Map<Socket, string>();
  const server = createServer((socket) => {
    socket.write([holder, ...connections.values(), ''].filter((name) => name !== '').join('\n') + '\n');
    connections.set(socket, '');
    socket.on('error', () => undefined).on('close', () => connections.delete(socket));
    socket.on('data', (bytes: Buffer) => connections.set(socket, linesIn(bytes)[0] ?? ''));
  });
  const unnamed = temporary();
  await listen(server, unnamed);
  const name = randomUUID();
  renameSync(unnamed, join(directory, name));
  const withdraw = async (): Promise<void> => {
    // Should the name stay: it leads to a dead socket, and whoever meets it removes it.
    tidyAway(join(directory, name));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    for (const socket of connections.keys()) socket.destroy();
    await promise;
  };
  return { name, withdraw };
}

/** sun_path has 108 bytes; a state dir may have more. Going through the directory's descriptor is always short. */
async function listen(server: Server, path: string): Promise<void> {
  const { fd, directory, name, done } = throughDescriptor(path);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(`${directory}/${name}`, resolve);
  try {
    await promise;
  } catch (error) {
    throw fstatSync(fd).nlink === 0 ? vanished(path, error) : error;
  } finally {
    done();
  }
}

/** libuv calls bind(2)'s ENOENT EACCES, so as to be like Windows (src/unix/pipe.c), and that would send people to permissions. */
function vanished(path: string, cause: unknown): Error {
  const message = `ENOENT: the directory was removed meanwhile, listen '${path}'`;
  return Object.assign(new Error(message, { cause }), { code: 'ENOENT', syscall: 'listen', path });
}

interface Descriptor {
  readonly fd: number;
  readonly directory: string;
  readonly name: string;
  readonly done: () => void;
}

function throughDescriptor(path: string): Descriptor {
  const slash = path.lastIndexOf('/');
  const fd = openSync(path.slice(0, slash), constants.O_RDONLY | constants.O_DIRECTORY);
  return { fd, directory: `/proc/self/fd/${fd}`, name: path.slice(slash + 1), done: () => closeSync(fd) };
}

interface Living {
  readonly socket: Socket;
  /** What it says: who it is, then who waits for it. */
  readonly words: Promise<readonly string[]>;
}

async function findLiving(directory: string, own: string): Promise<Living | undefined> {
  for (const name of readdirSync(directory)) {
    if (name === own) continue;
    const path = join(directory, name);
    const socket = await connect(path);
    if (socket === 'gone') continue;
    if (socket === 'dead') removeFile(path);
    else return { socket, words: wordsFrom(socket) };
  }
  return undefined;
}

async function connect(path: string): Promise<Socket | 'dead' | 'gone'> {
  const { directory, name, done } = throughDescriptor(path);
  const socket = createConnection(`${directory}/${name}`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve).once('error', reject);
  try {
    await promise;
    return socket.on('error', () => undefined);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ECONNREFUSED') return 'dead';
    // A reset is a connection that still waited in the queue when its socket was withdrawn.
    if (errno === 'ENOENT' || errno === 'ECONNRESET') return 'gone';
    throw error;
  } finally {
    done();
  }
}

/** The holder may be busy for a moment, but not for longer than a person waits for a name. It says all in one write. */
async function wordsFrom(socket: Socket): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<readonly string[]>();
  const unknown = setTimeout(() => resolve(['an installer that does not say who it is']), 2000);
  socket.once('data', (bytes: Buffer) => resolve(linesIn(bytes)));
  socket.once('close', () => resolve(['an installer that has just ended']));
  try {
    return await promise;
  } finally {
    clearTimeout(unknown);
  }
}

function linesIn(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/**
 * Who has the lock, and who waits for it, as they call themselves; empty where nobody does. Changes nothing: a dead socket
 * stays. Throws Node's own error for a directory that can't be read, and for a living socket that may not be asked.
 */
export async function askWhoIsAtWork(directory: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const name of socketsIn(directory)) {
    const socket = await connect(join(directory, name));
    if (typeof socket === 'string') continue;
    names.push(...(await wordsFrom(socket)));
    socket.destroy();
  }
  return names;
}

function socketsIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function untilGone(socket: Socket, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const giveUp = (): void => void socket.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  socket.once('close', () => resolve());
  if (socket.closed || signal.aborted) giveUp();
  socket.resume();
  try {
    if (!socket.closed) await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
  signal.throwIfAborted();
}
