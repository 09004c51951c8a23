// One run of a command as the kernel counted it: the whole tree of its processes.

import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Command {
  readonly words: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Usage {
  /** User and system time of all processes. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** The largest peak of any one process. */
  readonly rssMiB: number;
}

export type Meter = (command: Command) => Promise<Usage>;

/** @throws Error with the command's own words when it does not exit 0: what failed is not measured. */
export function createMeter(directory: string): Meter {
  const program = join(directory, 'measure');
  execFileSync('gcc', ['-static', '-Os', '-s', '-o', program, join(import.meta.dirname, 'measure.c')]);
  return async ({ words, env }) => {
    const child = spawn(program, [...words], { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    const [, stdout, stderr, counted] = child.stdio;
    const said = Promise.all([stdout, stderr, counted].map(wholeText));
    const exitStatus = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    );
    const [out, err, usage = ''] = await said;
    if (exitStatus !== 0) throw new Error(`${words.join(' ')}: exit status ${exitStatus}\n${out}${err}`);
    return usageIn(usage);
  };
}

async function wholeText(stream: unknown): Promise<string> {
  return text(stream as NodeJS.ReadableStream);
}

function usageIn(line: string): Usage {
  const { cpuUs, wallUs, rssKiB } = JSON.parse(line) as Record<'cpuUs' | 'wallUs' | 'rssKiB', number>;
  return { cpuMs: cpuUs / 1000, wallMs: wallUs / 1000, rssMiB: rssKiB / 1024 };
}
