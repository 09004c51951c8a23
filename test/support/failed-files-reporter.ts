// A reporter for vitest: what failed, a line for each test: its file, a tab, its name and the first line of its error. A file that
// failed outside of its tests has a line as well. None at all leaves the file empty.
//
// FAILED_FILES, in the environment, says where it goes.

import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { project } from './project.ts';

const longestLine = 300;

export default class FailedFilesReporter implements Reporter {
  readonly #failed: string[] = [];

  onTestModuleEnd(module: TestModule): void {
    if (module.state() !== 'failed') return;
    const tests = [...module.children.allTests('failed')].map((test) =>
      whatFailed(test.fullName, test.result().errors ?? []),
    );
    const itself = module.errors().length > 0 || tests.length === 0;
    const failed = itself ? [whatFailed('the file itself', module.errors()), ...tests] : tests;
    this.#failed.push(...failed.map((line) => `${relative(project, module.moduleId)}\t${line}\n`));
  }

  onTestRunEnd(): void {
    writeFileSync(process.env['FAILED_FILES'] ?? '/dev/stdout', this.#failed.join(''));
  }
}

function whatFailed(name: string, errors: readonly { readonly message: string }[]): string {
  const [firstLine = ''] = (errors[0]?.message ?? '').split('\n');
  return `${name}: ${firstLine}`.slice(0, longestLine);
}
