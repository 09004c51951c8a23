// What a registry wants to be shown: the `WWW-Authenticate` header as schemes with their parameters. Pure.

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By name in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** `name=value`, `name="value"`, or a word by itself, which begins the next challenge (RFC 9110, 11.6.1). */
const piece = /[\s,]*(?:([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w-]+))/y;

/** Several headers may have been joined by commas. What is not by the grammar ends the list. */
export function challengesIn(header: string | undefined): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const pieces = new RegExp(piece);
  for (let found = pieces.exec(header ?? ''); found !== null; found = pieces.exec(header ?? '')) {
    const [, name, quoted, plain, scheme] = found;
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
    const last = challenges.at(-1);
    if (name !== undefined && value !== undefined && last !== undefined)
      last.parameters[name.toLowerCase()] = value;
  }
  return challenges;
}
