// Reads the log format that CRI runtimes write: `<time> stdout|stderr P|F <text>` per line.

export interface ContainerOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Puts the two streams back together as the container wrote them; only a missing last newline is not told apart. */
export function parseContainerLog(log: string): ContainerOutput {
  const output = { stdout: '', stderr: '' };
  for (const line of log.split('\n')) {
    const parsed = /^\S+ (stdout|stderr) ([PF])(?: (.*))?$/.exec(line);
    if (parsed === null) continue;
    const [, stream, tag, text = ''] = parsed;
    // P marks a part of a line that was too long for one entry.
    output[stream === 'stdout' ? 'stdout' : 'stderr'] += tag === 'P' ? text : `${text}\n`;
  }
  return output;
}
