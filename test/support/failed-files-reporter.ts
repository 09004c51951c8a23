// A reporter for vitest: which files failed, one a line, into a file. None at all leaves it empty.
//
// FAILED_FILES, in the environment, says where it goes.

import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { project } from './project.ts';

export default class FailedFilesReporter implements Reporter {
  readonly #failed: string[] = [];

  onTestModuleEnd(module: TestModule): void {
    if (module.state() === 'failed') this.#failed.push(`${relative(project, module.moduleId)}\n`);
  }

  onTestRunEnd(): void {
    writeFileSync(process.env['FAILED_FILES'] ?? '/dev/stdout', this.#failed.join(''));
  }
}
