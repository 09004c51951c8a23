// What a verb may use of the world beyond files: assembled once, at the process edge.

import type { DownloadEffects, ProxySettings } from '../http/download.ts';

export interface Effects extends DownloadEffects {
  readonly proxies: ProxySettings;
  readonly userAgent: string;
  /** How another installer on the node is told about us, on one line. */
  readonly holder: string;
  /** A static busybox in our own root; undefined where there is none. */
  readonly busybox: string | undefined;
  /** A directory with archives that our image brings along, by upstream's layout; undefined where there is none. */
  readonly bundledArchives: string | undefined;
  /** The orchestrator's environment is there, or a PID namespace of our own. */
  readonly inContainer: boolean;
}
