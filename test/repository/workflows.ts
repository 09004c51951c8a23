// The workflows as what they say: jobs, steps and scripts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { project } from '../support/project.ts';

export const workflowNames = ['ci', 'release'] as const;
export type WorkflowName = (typeof workflowNames)[number];

export interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly container: string | { readonly image: string; readonly options?: string };
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes': number;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly text: string;
  readonly document: Document;
  readonly permissions: Readonly<Record<string, string>>;
  /** Each has one. */
  readonly job: Job;
}

export function fileOf(name: WorkflowName): string {
  return `.github/workflows/${name}.yml`;
}

export function workflow(name: WorkflowName): Workflow {
  const text = readFileSync(join(project, fileOf(name)), 'utf8');
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  const { permissions, jobs } = document.toJS() as Pick<Workflow, 'permissions'> & {
    jobs: Record<string, Job>;
  };
  const [job, ...others] = Object.values(jobs);
  if (job === undefined || others.length > 0) throw new Error(`${name} has not one job`);
  return { text, document, permissions, job };
}

export function imageOf({ container }: Job): string {
  return typeof container === 'string' ? container : container.image;
}

export function scriptsOf({ steps }: Job): string[] {
  return steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
}

export function stepNamed({ steps }: Job, name: string): Step {
  const found = steps.find((step) => step.name === name);
  if (found === undefined) throw new Error(`there is no step ${name}`);
  return found;
}
