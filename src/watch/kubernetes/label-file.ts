// A file by which node-feature-discovery labels this node with the plugins that work on it; it takes no rights at all.
//
// The format is NFD's own (customization guide, "Local feature source"): `name=value` lines, which become labels below
// `feature.node.kubernetes.io/`, and a time after which nobody believes them. Names that begin with a dot are passed over.

import { join } from 'node:path';
import { errnoOf, systemReason } from '../../lib/errno.ts';
import { writeFileDurably } from '../../lib/files/atomic-file.ts';
import { removeFile } from '../../lib/files/remove.ts';
import type { Log } from '../../lib/log.ts';
import { Reminders } from '../reminders.ts';
import type { WatchedAudit } from '../watched-node.ts';

export interface LabelFileSettings {
  /** NFD's `features.d`, as it is mounted here. */
  readonly directory: string;
  /** How long the labels outlive the last look at the node. */
  readonly lifeMs: number;
}

const fileName = 'cni-plugins-installer';

export class LabelFile {
  readonly #settings: LabelFileSettings;
  readonly #now: () => number;
  readonly #reminders: Reminders;
  #written: string | undefined;
  #writtenMs = 0;

  constructor(settings: LabelFileSettings, { log, now }: { readonly log: Log; readonly now: () => number }) {
    this.#settings = settings;
    this.#now = now;
    this.#reminders = new Reminders(log, now);
  }

  /** Says what was found; where there is nothing of ours it goes. What the node refuses is told, and tried again. */
  update(audit: WatchedAudit): void {
    const labels = labelsFor(audit);
    const isFresh = this.#now() - this.#writtenMs < this.#settings.lifeMs / 3;
    if (labels === this.#written && isFresh) return;
    try {
      this.#put(labels);
      this.#written = labels;
      this.#writtenMs = this.#now();
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      this.#reminders.warn(
        'labels',
        `${this.#settings.directory} does not take the labels of the node: ${systemReason(error)}`,
      );
    }
  }

  #put(labels: string): void {
    const { directory, lifeMs } = this.#settings;
    const path = join(directory, fileName);
    if (labels === '') return removeFile(path);
    const until = new Date(this.#now() + lifeMs).toISOString();
    const text = `# The CNI plugins that work on this node, by cni-plugins-installer.\n# +expiry-time=${until}\n${labels}`;
    writeFileDurably(path, text, join(directory, `.${fileName}.new`));
  }
}

/** A line each; empty where nothing of ours is on the node. What others placed, and works, is there for pods as well. */
export function labelsFor({ generation, plugins }: WatchedAudit): string {
  if (generation === undefined) return '';
  const working = plugins.filter(({ trouble }) => trouble === undefined || trouble === 'changed');
  const lines = [
    ...working.map(({ name }) => `cni-plugin.${name}=true`).toSorted(),
    `cni-plugins.version=${generation.version}`,
  ];
  return `${lines.join('\n')}\n`;
}
