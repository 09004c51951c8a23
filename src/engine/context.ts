// What every step of the engine is given: what was asked for, where on the node, and the world it may use.

import type { NodePaths } from '../arguments/parts/node-paths.ts';
import type { ArchiveSource } from '../arguments/parts/source.ts';
import type { ProxySettings } from '../http/proxy/which-proxy.ts';
import type { ProgressView } from '../http/progress.ts';
import type { Arch } from '../lib/architecture.ts';
import type { RunEffects } from '../lib/effects.ts';
import type { ConflictPolicy } from '../node/plugins/plan.ts';
import { type Premises, StateDir } from '../node/state/state-dir.ts';
import type { ProcessFacts } from '../lib/effects.ts';
import type { SetRequest } from './fulfilment.ts';
import { hostFollower } from './host/follow-on-host.ts';
import { hostRunner } from './host/run-on-host.ts';
import type { Rules } from './plan-set.ts';

/** Assembled once, at the process edge. */
export interface Effects extends RunEffects {
  /** How a download is shown to people who watch; without it there is a log line every few seconds. */
  readonly progress?: ProgressView | undefined;
  readonly proxies: ProxySettings;
  readonly userAgent: string;
  /** How another installer on the node is told about us, on one line. */
  readonly holder: string;
  /** A static busybox in our own root; undefined where there is none. */
  readonly busybox: string | undefined;
  /** A directory with archives that our image brings along, by upstream's layout; undefined where there is none. */
  readonly bundledArchives: string | undefined;
  /** What a process that stays tells of itself. */
  readonly ownProcess: ProcessFacts;
  /** For programs that find their configuration by it, such as kubectl. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Survives a restart of the container, not of the pod: where one may leave a word for the next. */
  readonly scratch: string;
  /** The orchestrator's environment is there, or a PID namespace of our own. */
  readonly inContainer: boolean;
  /** `https://host:port` of the API server, as pods are told; undefined outside a pod. */
  readonly apiServer: string | undefined;
  /** Where the kubelet mounts what a pod asks the API server with. */
  readonly serviceAccountDir: string;
}

/** One node to be looked at or changed. */
export interface Task {
  readonly premises: Premises;
  readonly rules: Rules;
  readonly effects: Effects;
}

/** Only what was asked to be kept or to fail is not replaced. */
export function taskFor(
  { node: { binDir, stateDir, spareStore }, arch, onConflict = 'replace', sharing }: NodeConfig,
  effects: Effects,
): Task {
  const { signal } = effects;
  const hostProc = sharing?.hostProc ?? '/host/proc';
  const runOnHost = hostRunner(hostProc, effects);
  const followLink = hostFollower(hostProc, effects);
  return {
    premises: {
      binDir,
      stateDir: new StateDir(stateDir),
      spare: spareStore === undefined ? undefined : new StateDir(spareStore),
    },
    rules: { binDir, arch, onConflict, signal, runOnHost, followLink },
    effects,
  };
}

interface NodeConfig {
  readonly node: NodePaths;
  readonly arch: Arch;
  readonly onConflict?: ConflictPolicy;
  readonly sharing?: { readonly hostProc: string };
}

/** How an archive is come by: from where, and how long the whole run may take. */
export interface Supply {
  readonly arch: Arch;
  readonly source: ArchiveSource;
  readonly timeoutMs: number;
}

/** A task with the set that is wished for. */
export interface WishedTask extends Task {
  readonly request: SetRequest;
  readonly supply: Supply;
  /** Changes only a node without a record: whoever has recorded a set meanwhile knows better what it shall have. */
  readonly onlyUnrecorded?: true;
}
