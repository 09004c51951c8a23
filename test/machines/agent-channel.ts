// Talks to init.sh in a machine: one order at a time, by a socket at which QEMU calls.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface Answer {
  readonly exitStatus: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class AgentChannel {
  readonly #server: Server;
  readonly #port = Promise.withResolvers<Socket>();
  readonly #ended = Promise.withResolvers<never>();
  #waiting: ((line: string) => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.#ended.promise.catch(() => undefined);
    server.once('connection', (socket: Socket) => this.#hear(socket));
  }

  static async listen(path: string): Promise<AgentChannel> {
    const server = createServer();
    const listening = once(server, 'listening');
    server.listen(path);
    await listening;
    return new AgentChannel(server);
  }

  /** Resolves when the machine takes orders; rejects when the channel is ended before. */
  async ready(): Promise<void> {
    await Promise.race([this.#port.promise, this.#ended.promise]);
  }

  /** Resolves to what came of the shell code; rejects when the channel is ended before. The orders queue. */
  async order(code: string): Promise<Answer> {
    const socket = await Promise.race([this.#port.promise, this.#ended.promise]);
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.push(resolve);
    socket.write(`${Buffer.from(code).toString('base64')}\n`);
    return answerIn(await Promise.race([promise, this.#ended.promise]));
  }

  /** Who waits is told why there will be no answer. */
  end(reason: Error): void {
    this.#ended.reject(reason);
    this.#server.close();
  }

  #hear(socket: Socket): void {
    // A machine that loses its power does not hang up in due form.
    socket.on('error', () => undefined);
    createInterface({ input: socket })
      .on('line', (line) => {
        if (line === 'ready') this.#port.resolve(socket);
        else this.#waiting.shift()?.(line);
      })
      .on('error', () => undefined);
  }
}

function answerIn(line: string): Answer {
  const [status = '', stdout = '', stderr = ''] = line.split(' ');
  const text = (encoded: string): string => Buffer.from(encoded, 'base64').toString();
  return { exitStatus: Number(status), stdout: text(stdout), stderr: text(stderr) };
}
