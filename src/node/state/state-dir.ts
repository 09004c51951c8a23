// Where everything of ours lies on the node: the names under the state dir, and what to call a temporary one.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

/**
 * Layout: `ledger.json`, `generations/<n>.json`, `store/sha256-<hex>`, `originals/<plugin>`, `locks/`, `downloads/`,
 * `tmp/`. All temporary names are under `tmp/`, hence never in the bin dir, where a runtime or another installer
 * might meet them.
 */
export class StateDir {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get ledgerPath(): string {
    return join(this.path, 'ledger.json');
  }
  get generationsPath(): string {
    return join(this.path, 'generations');
  }
  get storePath(): string {
    return join(this.path, 'store');
  }
  get originalsPath(): string {
    return join(this.path, 'originals');
  }
  get locksPath(): string {
    return join(this.path, 'locks');
  }
  get downloadsPath(): string {
    return join(this.path, 'downloads');
  }
  get temporaryPath(): string {
    return join(this.path, 'tmp');
  }

  generationPath(number: number): string {
    return join(this.generationsPath, `${number}.json`);
  }
  blobPath(sha256: string): string {
    return join(this.storePath, `sha256-${sha256}`);
  }
  originalPath(plugin: string): string {
    return join(this.originalsPath, plugin);
  }
  /** A name that nobody else uses. */
  temporary(): string {
    return join(this.temporaryPath, randomUUID());
  }
}

/** The directories of a node that are ours to write in. */
export interface Premises {
  readonly binDir: string;
  readonly stateDir: StateDir;
  /** A second copy of the store, outside the bin dir. */
  readonly spare?: StateDir | undefined;
}
