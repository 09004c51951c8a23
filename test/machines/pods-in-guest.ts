// A program that runs inside a machine: does there what the kubelet would with one pod, whose containers follow each other.
//
//   node pods-in-guest.cjs <REQUEST   a PodRequest on stdin, PodResults on stdout

import { readFileSync } from 'node:fs';
import {
  Cri,
  type ContainerSpec,
  type EndedContainer,
  type PodSpec,
  RuntimeRefusal,
} from '../throwaway-node/cri.ts';
import { eventually } from '../throwaway-node/eventually.ts';

export interface PodRequest {
  readonly pod: PodSpec;
  readonly containers: readonly ContainerSpec[];
}

export interface PodResults {
  /** Of the runtime. */
  readonly version: string;
  /** By the order of the containers: its end, or the runtime's own words where it refused. */
  readonly containers: readonly (EndedContainer | { readonly refused: string })[];
}

const bootMs = 120_000;
const containerMs = 400_000;

async function main(): Promise<void> {
  const { pod, containers } = JSON.parse(readFileSync(0, 'utf8')) as PodRequest;
  const cri = new Cri('/');
  const version = await eventually('an answer of containerd', bootMs, () => versionOf(cri), 200);
  const sandbox = await cri.runSandbox(pod);
  const results: PodResults['containers'][number][] = [];
  for (const spec of containers) {
    const result = await cri.runToEnd(sandbox, spec, containerMs);
    results.push(result instanceof RuntimeRefusal ? { refused: result.details } : result);
  }
  await cri.removeSandbox(sandbox);
  cri.close();
  process.stdout.write(JSON.stringify({ version, containers: results } satisfies PodResults));
}

async function versionOf(cri: Cri): Promise<string | undefined> {
  try {
    return await cri.version(5000);
  } catch (error) {
    if (error instanceof RuntimeRefusal) return undefined;
    throw error;
  }
}

void main();
