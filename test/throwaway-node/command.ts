// Runs a program of this machine to its end.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileToEnd = promisify(execFile);

/** Resolves to what it wrote to stdout; rejects, with its stderr in the message, unless it exits 0. */
export async function run(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execFileToEnd(file, [...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
