// The real tools that test/setup/tools.sh builds, and what to do where they are missing.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeWhere, listed } from './needs.ts';
import { project } from './project.ts';

export type Tool =
  | 'helm'
  | 'kustomize'
  | 'kubectl'
  | 'kubeconform'
  | 'helm-docs'
  | 'helm-schema'
  | 'actionlint';

export const toolsDir = join(project, 'build/tools');

/** The schemas of Kubernetes' objects, as its own repository has them. */
export const swaggerFile = join(toolsDir, 'swagger.json');

export function pathOf(tool: Tool): string {
  return join(toolsDir, 'bin', tool);
}

/** A `describe` for tests that run these tools. */
export function describeWith(tools: readonly Tool[], name: string, tests: () => void): void {
  describeWhere(missingOf(tools), name, tests);
}

export function missingOf(tools: readonly Tool[]): string | undefined {
  const missing = tools.filter((tool) => !existsSync(pathOf(tool)));
  return listed(missing.map((tool) => `${tool} (test/setup/tools.sh builds it)`));
}

/** A tool that ended with another status than 0, and what it said. */
export class ToolFailure extends Error {
  readonly stderr: string;

  constructor(tool: Tool, args: readonly string[], stderr: string) {
    super(`${tool} ${args.join(' ')}: ${stderr}`);
    this.stderr = stderr;
  }
}

export function run(tool: Tool, args: readonly string[], input = ''): string {
  try {
    return execFileSync(pathOf(tool), args, { encoding: 'utf8', input, stdio: 'pipe', maxBuffer: 1 << 26 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new ToolFailure(tool, args, stderr + stdout);
  }
}

/** What it said when it failed; throws when it did not. */
export function failureOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ToolFailure) return error.stderr;
    throw error;
  }
  throw new Error('it did not fail');
}
