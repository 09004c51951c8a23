// What may stand before a registry: a load balancer that sees all requests, and does to some of them what such things do.

import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Mirror, serve } from './mirror.ts';

/** Undefined lets the request through; else the answer is given already. */
export type Mischief = (request: IncomingMessage, response: ServerResponse) => true | undefined;

export interface SeenByFront {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface Front extends Mirror {
  readonly seen: readonly SeenByFront[];
  /** As `--mirror` takes a repository behind it. */
  readonly repository: (name: string) => string;
}

/** @param cutAt bytes after which the first blob's connection breaks */
export async function standBefore(
  { url }: { readonly url: string },
  { mischief, cutAt }: { readonly mischief?: Mischief; readonly cutAt?: number } = {},
): Promise<Front> {
  const seen: SeenByFront[] = [];
  let uncut = cutAt;
  const mirror = await serve((request, response) => {
    const path = request.url ?? '';
    const { authorization, range } = request.headers;
    seen.push({ path, authorization, range });
    if (mischief?.(request, response) === true) return;
    const onward = ask(`${url}${path}`, { headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (uncut === undefined || !path.includes('/blobs/') || answer.statusCode !== 200) {
        answer.pipe(response);
        return;
      }
      cutAfter(uncut, answer, response);
      uncut = undefined;
    });
    onward.end();
  });
  const repository = (name: string): string => mirror.url.replace('http://', 'oci+http://') + `/${name}`;
  return { ...mirror, seen, repository };
}

function cutAfter(bytes: number, answer: IncomingMessage, response: ServerResponse): void {
  let sent = 0;
  answer.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, bytes - sent);
    sent += part.length;
    response.write(part, () => void (sent >= bytes && response.destroy()));
  });
}
