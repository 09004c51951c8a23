// Which programs the containers of a pod start, as strace(1) sees it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Sandbox } from '../../throwaway-node/cri.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';

/**
 * Does something in the pod, and resolves to the path of every program that was started, or should have been, in its
 * containers meanwhile, in order. The runtime's own programs are left out.
 */
export async function programsStarted(
  node: ThrowawayNode,
  sandbox: Sandbox,
  act: () => Promise<unknown>,
): Promise<string[]> {
  const output = join(tmpdir(), `programs-${sandbox.id}`);
  const filter = ['-e', 'trace=execve,execveat', '-e', 'signal=none'];
  const strace = spawn('strace', ['-f', ...filter, '-o', output, '-p', String(shimOf(node, sandbox))], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(strace, 'exit');
  try {
    await attached(createInterface({ input: strace.stderr }));
    await act();
    strace.kill('SIGINT');
    await exited;
    return programsIn(readFileSync(output, 'utf8'));
  } finally {
    strace.kill('SIGINT');
    rmSync(output, { force: true });
  }
}

async function attached(lines: AsyncIterable<string>): Promise<void> {
  const seen: string[] = [];
  for await (const line of lines) {
    seen.push(line);
    if (/Process \d+ attached/.test(line)) return;
  }
  throw new Error(`strace did not attach:\n${seen.join('\n')}`);
}

/** As seen from here. The shim of a pod starts all of its containers; the node's init has adopted it. */
function shimOf(node: ThrowawayNode, sandbox: Sandbox): number {
  const children = readFileSync(`/proc/${node.pid}/task/${node.pid}/children`, 'utf8').trim().split(' ');
  const shim = children.find((pid) => {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes('containerd-shim') && command.includes(sandbox.id);
  });
  if (shim === undefined) throw new Error(`pod ${sandbox.pod.name} has no shim`);
  return Number(shim);
}

function programsIn(trace: string): string[] {
  const started = [...trace.matchAll(/execve(?:at)?\((?:\S+, )?"([^"]+)"/g)].map(
    ([, program = '']) => program,
  );
  return started.filter((program) => !program.endsWith('/runc') && !program.startsWith('/proc/self/'));
}
