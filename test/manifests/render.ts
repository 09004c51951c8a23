// What the real Helm makes of our chart for some values, and our manifests as they lie there.

import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { run } from '../support/built-tools.ts';
import { project } from '../support/project.ts';
import { type Objects, objectsIn } from './objects.ts';

export const chartDir = join(project, 'manifests/chart');

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
