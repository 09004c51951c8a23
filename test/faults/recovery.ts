// What must come of a node on which a run was cut off: whoever runs what next, all is well again.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { runInstaller, type TestNode } from '../support/installer.ts';
import { namesIn } from '../support/snapshot.ts';
import type { Change } from './change.ts';
import {
  binDirFacts,
  differencesOf,
  fingerprintOf,
  namesInNoVersion,
  spareName,
  stateFacts,
} from './node-facts.ts';
import { runHere } from './in-process.ts';
import { copyOf } from './scenarios.ts';

/** Resolves to complaints. */
type Runner = (node: TestNode, verb: readonly string[]) => Promise<string[]>;

/** Judges nodes; one that no installer could tell from an earlier one is not judged twice. */
export class Recovery {
  readonly #change: Change;
  readonly #again: Runner;
  readonly #judged = new Set<string>();

  /** @param again how the same verb is run once more: by `runAlone`, or for a fraction of that by `runWithin` */
  constructor(change: Change, again: Runner = runAlone) {
    this.#change = change;
    this.#again = again;
  }

  get distinctNodes(): number {
    return this.#judged.size;
  }

  /** Complaints about what the next run makes of this node: the same verb, another wish, or an uninstall. */
  async complaints(node: TestNode): Promise<string[]> {
    if (!this.#isNew('cut off', node)) return [];
    const { scenario } = this.#change;
    const verb = this.#wasRecorded(node) ? scenario.whenRecorded : scenario.verb;
    return [
      ...(await this.#sameAgain(node, verb)),
      ...(await this.#otherWish(node, scenario.otherWish)),
      ...(await this.#uninstall(node, 'uninstalled at once')),
    ];
  }

  #isNew(when: string, node: TestNode): boolean {
    const key = `${when} ${fingerprintOf(node)}`;
    if (this.#judged.has(key)) return false;
    this.#judged.add(key);
    return true;
  }

  #wasRecorded(node: TestNode): boolean {
    const { stateAfter } = this.#change;
    return stateAfter !== undefined && isDeepStrictEqual(stateFacts(node)?.ledger, stateAfter.ledger);
  }

  async #sameAgain(original: TestNode, verb: readonly string[]): Promise<string[]> {
    using node = copyOf(original);
    const found = [
      ...(await this.#again(node, verb)),
      ...namesInNoVersion(binDirFacts(node), [this.#change.after]),
      ...differencesOf(stateFacts(node), this.#change.stateAfter),
    ];
    if (this.#isNew('run again', node)) found.push(...(await this.#uninstall(node, 'then uninstalled')));
    return found.map((complaint) => `run again: ${complaint}`);
  }

  async #otherWish(original: TestNode, verb: readonly string[]): Promise<string[]> {
    using node = copyOf(original);
    const found = await runWithin(node, verb);
    if (this.#isNew('other wish', node)) found.push(...(await this.#uninstall(node, 'then uninstalled')));
    return found.map((complaint) => `with another wish: ${complaint}`);
  }

  async #uninstall(original: TestNode, when: string): Promise<string[]> {
    using node = copyOf(original);
    const found = [
      ...(await runWithin(node, this.#change.scenario.uninstall)),
      ...namesInNoVersion(binDirFacts(node), [this.#change.pristine]),
      ...differencesOf(stateFacts(node), undefined),
      ...leftInSpare(node),
    ];
    return found.map((complaint) => `${when}: ${complaint}`);
  }
}

/** A process of its own, as after a real end: it has an exit status. */
async function runAlone(node: TestNode, verb: readonly string[]): Promise<string[]> {
  const { exitStatus, stderr } = await runInstaller(node, verb);
  return exitStatus === 0 ? [] : [`${verb[0]} ended with ${exitStatus}: ${stderr.slice(0, 300)}`];
}

/** Within this process. */
export async function runWithin(node: TestNode, verb: readonly string[]): Promise<string[]> {
  return runHere(node, verb).then(
    () => [],
    (error: unknown) => [`${verb[0]} failed: ${String(error)}`],
  );
}

/** The directory itself may be a mount, and be left; what was in it may not. */
function leftInSpare({ binDir }: TestNode): string[] {
  const spare = join(binDir, spareName);
  return existsSync(spare) ? namesIn(spare).map((name) => `${name} is left in the spare store`) : [];
}
