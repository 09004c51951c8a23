// Runs a program of this machine to its end.

import { execFileSync } from 'node:child_process';

export interface CommandSettings {
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Returns what it wrote to stdout; throws, with its stderr in the message, unless it exits 0. */
export function run(file: string, args: readonly string[], { cwd, env }: CommandSettings = {}): string {
  return execFileSync(file, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}
