// The API server that a watch tells of its node, which can be turned off and on.

import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerOnNode, serveOnNode } from '../support/node/server-on-node.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { createAuthority } from '../transport/certificates.ts';

const port = 6443;
const program = join(import.meta.dirname, 'api-of-one-node.ts');

export class ApiOfOneNode implements AsyncDisposable {
  readonly authorityPem: string;
  readonly environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
  readonly #scratch = mkdtempDisposableSync(join(tmpdir(), 'api-'));
  #server: ServerOnNode | undefined;
  #node: ThrowawayNode | undefined;
  #isWanted = true;
  #heard = 0;

  constructor() {
    const authority = createAuthority();
    const { cert, key } = authority.issue();
    this.authorityPem = authority.pem;
    writeFileSync(this.#path('cert'), cert);
    writeFileSync(this.#path('key'), key);
    authority.remove();
  }

  /** How often it was told something. */
  get writes(): number {
    return this.#heard + (this.#server === undefined ? 0 : writesIn(this.#server));
  }

  get isOn(): boolean {
    return this.#server !== undefined;
  }

  async moveTo(node: ThrowawayNode): Promise<void> {
    this.#node = node;
    if (this.#isWanted) await this.#start(node);
  }

  async leave(): Promise<void> {
    await this.#stop();
    this.#node = undefined;
  }

  async turn(): Promise<void> {
    this.#isWanted = !this.#isWanted;
    if (!this.#isWanted) await this.#stop();
    else if (this.#node !== undefined) await this.#start(this.#node);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    this.#scratch.remove();
  }

  async #start(node: ThrowawayNode): Promise<void> {
    const command = [process.execPath, program, String(port), this.#path('cert'), this.#path('key')];
    this.#server = await serveOnNode(node, command, this.#path('log'));
  }

  async #stop(): Promise<void> {
    this.#heard = this.writes;
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  #path(name: string): string {
    return join(this.#scratch.path, name);
  }
}

function writesIn(server: ServerOnNode): number {
  return server.written().filter((line) => /^(PATCH|POST) /.test(line)).length;
}
