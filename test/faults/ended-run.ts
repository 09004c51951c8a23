// Runs of the installer that come to an end, `watch` too: it stays, so it is told to go once it has told of a repair.

import { readFileSync } from 'node:fs';
import { type Run, type RunSettings, startInstaller, type TestNode } from '../support/installer.ts';

/** @param settings `within` is a command that has the installer as its one child, such as strace(1) */
export async function runToItsEnd(
  node: TestNode,
  words: readonly string[],
  settings: RunSettings & Required<Pick<RunSettings, 'within'>>,
): Promise<Run> {
  const running = startInstaller(node, words, settings);
  if (words[0] === 'watch') {
    await running.says('put back').then(
      () => terminateChildOf(running.process.pid),
      // It did not live to say it.
      () => undefined,
    );
  }
  return running.ended;
}

function terminateChildOf(pid: number | undefined): void {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  process.kill(Number(children[0]), 'SIGTERM');
}
