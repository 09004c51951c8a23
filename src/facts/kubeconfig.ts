// Whom a kubeconfig asks, and until when its token is good. Pure; the token itself never leaves this file.

export interface Credentials {
  readonly server: string | undefined;
  /** Milliseconds since the epoch; undefined without a token that says when it ends. */
  readonly tokenEndsMs: number | undefined;
}

/** By lines, as Multus writes the file: a YAML library would be a fifth of the memory that a pod of ours may use. */
export function readKubeconfig(text: string): Credentials {
  const valueOf = (key: string): string | undefined =>
    new RegExp(`^\\s*(?:- )?${key}:\\s*["']?([^"'\\s]+)`, 'm').exec(text)?.[1];
  return { server: valueOf('server'), tokenEndsMs: endOf(valueOf('token')) };
}

/** Of the three parts of a JSON Web Token the middle one says when it ends (RFC 7519, 4.1.4). */
function endOf(token: string | undefined): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const isObject = typeof claims === 'object' && claims !== null;
    return isObject && 'exp' in claims && typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
