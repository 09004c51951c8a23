// Runs a program of this machine to its end.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileToEnd = promisify(execFile);

/**
 * Resolves to what it wrote to stdout; rejects, with its stderr in the message, unless it exits 0.
 *
 * @param input what it reads from stdin
 */
export async function run(file: string, args: readonly string[], input = ''): Promise<string> {
  const running = execFileToEnd(file, [...args], { maxBuffer: 64 * 1024 * 1024 });
  // A program that ends without reading breaks the pipe; what it says about that is in the rejection.
  running.child.stdin?.on('error', () => undefined).end(input);
  const { stdout } = await running;
  return stdout;
}
