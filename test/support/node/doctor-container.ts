// doctor in a container of the node, as a pod or a debug container would run it, and what it answers.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerSpec, ended, type HostPathMount, type Sandbox } from '../../throwaway-node/cri.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import { binDir, hostProc, installer } from './installer-container.ts';

export interface CheckAnswer {
  readonly id: string;
  readonly result: 'ok' | 'finding' | 'skipped';
  readonly severity: string;
  readonly message: string | null;
  readonly remedy: string | null;
  readonly because: string | null;
}

export interface ExplainedAnswer {
  readonly text: string;
  readonly words: string;
  readonly standing: 'here' | 'not-here' | 'unknown';
  readonly check: string | null;
}

export interface DoctorRun {
  readonly exitCode: number;
  readonly checks: readonly CheckAnswer[];
  /** Findings that follow from no other. */
  readonly causes: readonly CheckAnswer[];
  readonly explained: readonly ExplainedAnswer[];
  readonly stdout: string;
}

const confDir: HostPathMount = {
  hostPath: '/etc/cni/net.d',
  containerPath: '/host/etc/cni/net.d',
  readonly: true,
};
const texts: HostPathMount = { hostPath: '/var/tmp/texts', containerPath: '/texts', readonly: true };

export interface DoctorQuestion {
  /** To be explained. */
  readonly text?: string;
  /** kubectl's JSON. */
  readonly nads?: string;
  readonly args?: readonly string[];
  /** Where the host has it; default `/opt/cni/bin`. */
  readonly binDir?: string;
  readonly spec?: ContainerSpec;
}

/** Runs it privileged, with everything of the host that it can use, unless the spec says otherwise. */
export async function askDoctor(
  node: ThrowawayNode,
  sandbox: Sandbox,
  { text, nads, args = [], binDir: hostPath = binDir.hostPath, spec = {} }: DoctorQuestion = {},
): Promise<DoctorRun> {
  const directory = join(node.root, texts.hostPath);
  mkdirSync(directory, { recursive: true });
  const given: string[] = [];
  for (const [name, content] of Object.entries({ explain: text, nads })) {
    if (content === undefined) continue;
    writeFileSync(join(directory, name), content);
    given.push(`--${name}`, `${texts.containerPath}/${name}`);
  }
  const { env: _, ...container } = installer();
  const end = ended(
    await node.cri.runToEnd(
      sandbox,
      {
        ...container,
        name: 'doctor',
        mounts: [{ ...binDir, hostPath, readonly: true }, hostProc, confDir, texts],
        args: ['doctor', '--output', 'json', ...given, ...args],
        ...spec,
      },
      60_000,
    ),
  );
  return read(end.exitCode, end.stdout, end.stderr);
}

function read(exitCode: number, stdout: string, stderr: string): DoctorRun {
  if (!stdout.startsWith('{'))
    throw new Error(`doctor ended with ${exitCode} and answered nothing:\n${stderr}`);
  const answer = JSON.parse(stdout) as {
    checks: CheckAnswer[];
    explained?: { texts: ExplainedAnswer[] };
  };
  const causes = answer.checks.filter(({ result, because }) => result === 'finding' && because === null);
  return { exitCode, stdout, checks: answer.checks, causes, explained: answer.explained?.texts ?? [] };
}

export function idsOf(checks: readonly CheckAnswer[]): string[] {
  return checks.map(({ id }) => id);
}
