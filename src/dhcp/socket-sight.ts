// Who answers at the daemon's socket, found out by connecting: a path that is there proves nothing.

import { lstatSync } from 'node:fs';
import { createConnection } from 'node:net';
import { errnoOf } from '../lib/errno.ts';
import { lstatIfThere } from '../lib/files/file-facts.ts';
import { removeFile } from '../lib/files/remove.ts';

export type SocketSight =
  | { readonly kind: 'absent' }
  /** Somebody made it and is gone, or it is no socket at all. */
  | { readonly kind: 'dead'; readonly identity: string }
  | { readonly kind: 'alive'; readonly identity: string };

/** @throws Node's own error where nobody but the owner may connect */
export async function lookAtSocket(path: string): Promise<SocketSight> {
  const stats = lstatIfThere(path);
  if (stats === undefined) return { kind: 'absent' };
  // By these one socket is told from the next that has its path: the file system of /run gives inodes in turn.
  const identity = `${stats.dev}:${stats.ino}`;
  const errno = await connectErrno(path);
  if (errno === 'ENOENT') return { kind: 'absent' };
  return { kind: errno === 'ECONNREFUSED' ? 'dead' : 'alive', identity };
}

/** Undefined where somebody has answered; so has one whose queue is full. */
async function connectErrno(path: string): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const socket = createConnection({ path });
  socket.once('connect', () => resolve(undefined));
  socket.once('error', (error) => {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ECONNREFUSED') resolve(errno);
    else if (errno === 'EAGAIN') resolve(undefined);
    else reject(error);
  });
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** If it is still the one that was seen, and a socket. */
export function removeDead(path: string, identity: string): void {
  const stats = lstatIfThere(path);
  if (stats?.isSocket() === true && `${stats.dev}:${stats.ino}` === identity) removeFile(path);
}

/** Whether the path still leads to that socket. */
export function isStill(path: string, identity: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && `${stats.dev}:${stats.ino}` === identity;
}
