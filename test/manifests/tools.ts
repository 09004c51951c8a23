// The real tools that test/setup/tools.sh builds, and what to do where they are missing.

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { describeWhere } from '../support/needs.ts';
import { type Objects, objectsIn } from './objects.ts';

export type Tool = 'helm' | 'kustomize' | 'kubectl' | 'kubeconform' | 'helm-docs' | 'helm-schema' | 'actionlint';

export const project = join(import.meta.dirname, '../..');
export const chartDir = join(project, 'manifests/chart');
const toolsDir = join(project, 'build/tools');

/** The schemas of Kubernetes' objects, as its own repository has them. */
export const swaggerFile = join(toolsDir, 'swagger.json');

/** Upstream's own manifests. Third-party text: it is read where it lies, and may be absent. */
export const upstreamDir = join(project, '../shared/upstream');

export function pathOf(tool: Tool): string {
  return join(toolsDir, 'bin', tool);
}

/** A `describe` for tests that run these tools. */
export function describeWith(tools: readonly Tool[], name: string, tests: () => void): void {
  describeWhere(missingOf(tools), name, tests);
}

export function missingOf(tools: readonly Tool[]): string | undefined {
  const missing = tools.filter((tool) => !existsSync(pathOf(tool)));
  return missing.length === 0 ? undefined : `${missing.join(', ')} (test/setup/tools.sh builds it)`;
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

export type Values = Readonly<Record<string, unknown>>;

/** The chart's objects for these values, hooks included. */
export function template(values: Values = {}, options: readonly string[] = [], chart = chartDir): Objects {
  return objectsIn(templateText(values, options, chart));
}

/** Each render is made once: many promises are checked on the same. */
export function templateText(values: Values = {}, options: readonly string[] = [], chart = chartDir): string {
  const key = JSON.stringify([values, options, chart]);
  const text = renders.get(key) ?? render(values, options, chart);
  renders.set(key, text);
  return text;
}

const renders = new Map<string, string>();

function render(values: Values, options: readonly string[], chart: string): string {
  return inScratch((scratch) => {
    const file = join(scratch, 'values.yaml');
    // Helm reads YAML 1.1, where `off` and `no` are booleans unless they are quoted.
    writeFileSync(file, stringify(values, { version: '1.1' }));
    return run('helm', [
      'template',
      'multus',
      chart,
      '--namespace=kube-system',
      `--values=${file}`,
      ...options,
    ]);
  });
}

/** What Helm says after the installation. The notes become an object of a copy of the chart: to print them, Helm wants a cluster. */
export function notesFor(values: Values = {}): string {
  return inScratch((scratch) => {
    cpSync(chartDir, scratch, { recursive: true });
    copyFileSync(join(scratch, 'templates/NOTES.txt'), join(scratch, 'notes'));
    const object = '{ kind: Notes, metadata: { name: {{ tpl (.Files.Get "notes") . | toJson }} } }';
    writeFileSync(join(scratch, 'templates/notes.yaml'), object);
    return template(values, [], scratch).find(({ kind }) => kind === 'Notes')?.metadata.name ?? '';
  });
}

/** Gives `act` a directory that is gone afterwards. */
export function inScratch<Result>(act: (directory: string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), 'manifests-'));
  try {
    return act(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function manifest(path: string): string {
  return readFileSync(join(project, 'manifests', path), 'utf8');
}
