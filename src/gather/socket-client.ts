// Questions over HTTP to whoever listens on a Unix socket.

import type { ApiAnswer } from '../kubernetes/api-server.ts';
import { ApiTrouble } from '../kubernetes/api-trouble.ts';
import { type AskedServer, largestPageBytes } from './asked-server.ts';

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
        pieces.push(piece);
        if (length <= largestPageBytes) return;
        reject(new ApiTrouble('too-large', `more than ${largestPageBytes} bytes of an answer`));
        asked.destroy();
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }));
    });
    asked.end();
    return promise;
  };
}
