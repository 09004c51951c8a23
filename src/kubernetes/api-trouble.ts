// Why the API server did not do what it was asked: by kind, for whoever decides when to ask again.

export const troubleKinds = [
  /** There is no token, or none that can be read. */
  'no-token',
  /** No answer: no connection, no trust, no time. */
  'unreachable',
  'unauthorized',
  /** By RBAC or by an admission policy. */
  'forbidden',
  'not-found',
  /** Somebody else has written meanwhile. */
  'conflict',
  'overloaded',
  /** 5xx, or an answer that is none. */
  'server',
  /** An answer of more bytes than were to be taken. */
  'too-large',
  /** The request itself is not taken. */
  'refused',
] as const;

export type TroubleKind = (typeof troubleKinds)[number];

/** Its message completes "the API server could not be told …:". It never has a token in it. */
export class ApiTrouble extends Error {
  readonly kind: TroubleKind;
  /** As the server has it. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: TroubleKind,
    message: string,
    more: { retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.kind = kind;
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** The kind of a status that is no success. */
export function troubleKindOf(status: number): TroubleKind {
  const known = byStatus[status];
  if (known !== undefined) return known;
  return status >= 500 || status < 400 ? 'server' : 'refused';
}

const byStatus: Readonly<Record<number, TroubleKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'overloaded',
  409: 'conflict',
  429: 'overloaded',
};
