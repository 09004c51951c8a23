// One gRPC connection to a container runtime's CRI socket; a call that the runtime refuses becomes a RuntimeRefusal.

import { join } from 'node:path';
import { Client, credentials, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { CriCalls } from './cri-messages.ts';

export type CriMethod = keyof CriCalls;

const definitions = loadSync(join(import.meta.dirname, 'cri.proto'), {
  longs: Number,
  enums: String,
  defaults: true,
});

/** What the runtime answered instead of doing it. `details` are its own words, unchanged. */
export class RuntimeRefusal extends Error {
  override readonly name = 'RuntimeRefusal';
  readonly method: CriMethod;
  /** The gRPC status code. */
  readonly code: number;
  readonly details: string;

  constructor(method: CriMethod, error: ServiceError) {
    super(`${method}: ${error.details}`);
    this.method = method;
    this.code = error.code;
    this.details = error.details;
  }
}

export class CriChannel {
  readonly #client: Client;

  constructor(socketPath: string) {
    this.#client = new Client(`unix://${socketPath}`, credentials.createInsecure(), {
      // A unix socket has no host name, and containerd refuses the encoded path that grpc-js would send as one.
      'grpc.default_authority': 'localhost',
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 200,
    });
  }

  async call<Method extends CriMethod>(
    method: Method,
    request: CriCalls[Method]['request'],
    timeoutMs = 60_000,
  ): Promise<CriCalls[Method]['response']> {
    const { path, requestSerialize, responseDeserialize } = methodDefinition<Method>(method);
    const { promise, resolve, reject } = Promise.withResolvers<CriCalls[Method]['response']>();
    const deadline = { deadline: Date.now() + timeoutMs };
    this.#client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      deadline,
      (error, response) => {
        if (error !== null) reject(new RuntimeRefusal(method, error));
        else if (response === undefined) reject(new Error(`${method}: neither an error nor a response`));
        else resolve(response);
      },
    );
    return promise;
  }

  close(): void {
    this.#client.close();
  }
}

type Definition<Method extends CriMethod> = MethodDefinition<
  CriCalls[Method]['request'],
  CriCalls[Method]['response']
>;

function methodDefinition<Method extends CriMethod>(method: Method): Definition<Method> {
  const service = method === 'ListImages' ? 'ImageService' : 'RuntimeService';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- CriCalls says in types what cri.proto says
  const methods = definitions[`runtime.v1.${service}`] as unknown as Record<CriMethod, Definition<Method>>;
  return methods[method];
}
