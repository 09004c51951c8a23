// Questions over HTTP to whoever listens on a Unix socket.

import type { ApiAnswer, AskedServer } from './asked-server.ts';

/** No list is asked for in pages as large as this. */
const mostBytes = 256 * 2 ** 20;

export function socketClient(socketPath: string): AskedServer['get'] {
  return async (path, signal) => {
    const { request } = await import('node:http');
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
    const asked = request({ socketPath, path, signal, headers: { accept: 'application/json' } });
    asked.once('error', reject);
    asked.once('response', (response) => {
      const pieces: Buffer[] = [];
      let length = 0;
      response.on('data', (piece: Buffer) => {
        length += piece.length;
        if (length > mostBytes) asked.destroy(new Error(`the answer has more than ${mostBytes} bytes`));
        else pieces.push(piece);
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }));
    });
    asked.end();
    return promise;
  };
}
