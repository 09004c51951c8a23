// One change of the node, undisturbed: what it starts from, what it leads to, and at which system calls it can be struck.

import { createForeignNode, copyOf, type Scenario } from './scenarios.ts';
import { binDirFacts, type BinDirFacts, stateFacts, type StateFacts } from './node-facts.ts';
import { record, type Recording } from './struck-run.ts';
import type { TestNode } from '../support/installer.ts';

export interface Change extends Disposable, Recording {
  readonly scenario: Scenario;
  /** The node as the verb finds it; only ever copied. */
  readonly template: TestNode;
  /** The bin dir before any of our runs. */
  readonly pristine: BinDirFacts;
  readonly before: BinDirFacts;
  readonly after: BinDirFacts;
  readonly stateAfter: StateFacts | undefined;
}

export async function undisturbed(scenario: Scenario): Promise<Change> {
  const template = createForeignNode();
  const pristine = binDirFacts(template);
  await scenario.prepare(template);
  using node = copyOf(template);
  const recording = await record(node, scenario.verb);
  return {
    ...recording,
    scenario,
    template,
    pristine,
    before: binDirFacts(template),
    after: binDirFacts(node),
    stateAfter: stateFacts(node),
    [Symbol.dispose]: () => template[Symbol.dispose](),
  };
}
