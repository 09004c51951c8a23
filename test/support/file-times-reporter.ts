// A reporter for vitest: how long each file took, its hooks included, into a file.
//
// vitest's own JSON report counts from a file's first test on, and what a file makes before all its tests is often the most.
//
// TIMES_FILE, in the environment, says where it goes: the ProjectTimes of the run, which is one of a single project.

import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { project } from './project.ts';
import type { ProjectTimes, Timed } from './run-times.ts';

export default class FileTimesReporter implements Reporter {
  readonly #files: Timed[] = [];
  #started = 0;
  #name = '';

  onTestRunStart(): void {
    this.#started = performance.now();
  }

  onTestModuleEnd(module: TestModule): void {
    const { duration, collectDuration } = module.diagnostic();
    this.#name = module.project.name;
    this.#files.push({
      name: relative(project, module.moduleId),
      seconds: rounded(duration + collectDuration),
    });
  }

  onTestRunEnd(): void {
    const seconds = rounded(performance.now() - this.#started);
    const times: ProjectTimes = { name: this.#name, seconds, files: this.#files };
    writeFileSync(process.env['TIMES_FILE'] ?? '/dev/stdout', `${JSON.stringify(times)}\n`);
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}
