// A socket between the plugin and its daemon that passes on what both say, and remembers the daemon's part.

import { createConnection, createServer, type Socket } from 'node:net';
import { removeFile } from '../../lib/files/remove.ts';

export interface CheckRelay extends AsyncDisposable {
  /** All that the daemon has said until now. */
  readonly heard: () => Buffer;
}

/** No reply of a daemon is that long. */
const mostHeard = 256 * 1024;

/** Only root may connect, as to the daemon's own: the mode follows from the umask. */
export async function openRelay(path: string, daemonSocket: string): Promise<CheckRelay> {
  removeFile(path);
  const chunks: Buffer[] = [];
  let length = 0;
  const open = new Set<Socket>();
  const server = createServer((plugin) => {
    const daemon = createConnection({ path: daemonSocket });
    daemon.on('data', (chunk: Buffer) => {
      if (length < mostHeard) chunks.push(chunk);
      length += chunk.length;
    });
    join(plugin, daemon);
    for (const end of [plugin, daemon]) open.add(end);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ path }, resolve);
  await promise;
  return {
    heard: () => Buffer.concat(chunks),
    [Symbol.asyncDispose]: async () => {
      for (const end of open) end.destroy();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

/** A request and its reply are some hundred bytes: neither end ever has to wait for the other. */
function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('data', (chunk: Buffer) => void to.write(chunk));
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}
