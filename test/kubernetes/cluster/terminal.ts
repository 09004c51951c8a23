// Types commands as an operator would, in a directory, and keeps what was typed and answered.

import type { Cluster } from './cluster.ts';
import { programsDir } from './programs.ts';

export class Terminal {
  readonly #cluster: Cluster;
  readonly #directory: string;
  readonly #lines: string[] = [];

  constructor(cluster: Cluster, directory: string) {
    this.#cluster = cluster;
    this.#directory = directory;
  }

  /** Resolves to what the command wrote to stdout; rejects unless it exits 0. */
  async type(command: string): Promise<string> {
    const script = 'set -eo pipefail; cd "$1"; PATH=$2:$PATH; eval "$3"';
    const args = ['-c', script, 'bash', this.#directory, programsDir, command];
    const output = await this.#cluster.client('bash', args);
    this.#lines.push(`$ ${command}`, output.trimEnd(), '');
    return output;
  }

  /** The same for every run of the same story: what changes from run to run has a stand-in. */
  transcript(): string {
    return steady(this.#lines.join('\n'));
  }
}

/** In the order in which they apply. */
const standIns: readonly (readonly [RegExp, string])[] = [
  [/\b(kube-multus-ds)-[a-z0-9]{5}\b/g, '$1-xxxxx'],
  [/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, '…'],
  [/\b[0-9a-f]{64}\b/g, '…'],
  [/^(.* Running +0 +)\d+s$/gm, '$160s'],
  [/^\d+: (net\d+@)\w+/gm, '3: $1if2'],
  [/\band \d+ more\b/g, 'and others'],
  // An attempt that failed keeps its address for a while, and the next one gets another.
  [/\b10\.244\.1\.\d\b/g, '10.244.1.2'],
  [/\b192\.0\.2\.1\d\b/g, '192.0.2.10'],
];

function steady(text: string): string {
  return standIns.reduce((result, [volatile, standIn]) => result.replaceAll(volatile, standIn), text);
}
