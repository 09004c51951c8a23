// Starts the processes of one throw-away node (boot.sh) and ends them.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { scratchDir } from './cache.ts';
import type { Containerd } from './containerd.ts';

export interface SpawnOptions {
  readonly propagation: 'private' | 'shared' | 'slave';
  readonly network: 'veth' | 'loopback';
  /** eth0's, such as `172.31.255.2/24`. */
  readonly address: string;
  /** Directories of this machine that the node sees, read-only, by their path on the node. */
  readonly binds: Readonly<Record<string, string>>;
  readonly runtimeCommand: readonly string[];
  /** Its configuration becomes the node's /etc/containerd/config.toml. */
  readonly containerd: Pick<Containerd, 'config' | 'directory'>;
  /** containerd's root directory with images in it; empty for none. */
  readonly template: string;
  /** A file with a file system, where all that the node writes lands; empty for a tmpfs of its own. */
  readonly disk: string;
  readonly preinit: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface NodeProcesses {
  /** Of the node's init, as seen from here. */
  readonly pid: number;
  /** What the boot scripts and the runtime have written so far. */
  log(): string;
  /** Resolves when every process, cgroup and directory of the node is gone. May be called again. */
  stop(): Promise<void>;
}

type Supervisor = ChildProcessByStdio<Writable, Readable, null>;

/** Resolves when init.sh is done and the node's init about to run; rejects with the log's end when it never gets there. */
export async function spawnNode(options: SpawnOptions): Promise<NodeProcesses> {
  mkdirSync(scratchDir, { recursive: true });
  const directory = mkdtempSync(join(scratchDir, 'throwaway-'));
  const log = openLog(join(directory, 'log'));
  const supervisor = spawnSupervisor(environment(directory, options), options.runtimeCommand);
  const exited = once(supervisor, 'exit');
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end());
  const end = async (): Promise<void> => {
    supervisor.stdin.end();
    await exited;
    log.close();
  };
  const pid = await announcedPid(supervisor);
  if (pid === undefined) {
    const lastWords = log.read().slice(-2000);
    await stop();
    throw new Error(`the throw-away node did not come up:\n${lastWords}`);
  }
  return { pid, log: log.read, stop };
}

/**
 * Its stdin is the node's life line: should this process die in whatever way, the pipe closes, and the supervisor takes
 * the node down. For that it has to outlive us, hence `detached`: Ctrl-C in a terminal must not reach it.
 */
function spawnSupervisor(
  env: Readonly<Record<string, string>>,
  runtimeCommand: readonly string[],
): Supervisor {
  return spawn(join(import.meta.dirname, 'boot.sh'), [...runtimeCommand], {
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

function environment(directory: string, options: SpawnOptions): Record<string, string> {
  return {
    PATH: `${directoryOnNode}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    ...options.env,
    THROWAWAY_NAME: basename(directory),
    THROWAWAY_DIR: directory,
    THROWAWAY_CONTAINERD_CONFIG: options.containerd.config,
    THROWAWAY_TEMPLATE: options.template,
    THROWAWAY_DISK: options.disk,
    THROWAWAY_NETWORK: options.network,
    THROWAWAY_ADDRESS: options.address,
    THROWAWAY_BINDS: Object.entries({ ...bindOf(options.containerd), ...options.binds })
      .map(([target, source]) => `${source}\t${target}`)
      .join('\n'),
    THROWAWAY_PROPAGATION: options.propagation,
    THROWAWAY_PREINIT: options.preinit,
  };
}

/** Where a node has another containerd than the machine's. */
const directoryOnNode = '/opt/containerd';

function bindOf({ directory }: SpawnOptions['containerd']): SpawnOptions['binds'] {
  return directory === undefined ? {} : { [directoryOnNode]: directory };
}

async function announcedPid(supervisor: Supervisor): Promise<number | undefined> {
  for await (const line of createInterface({ input: supervisor.stdout })) return Number(line);
  return undefined;
}

interface Log {
  readonly read: () => string;
  readonly close: () => void;
}

/** Stays readable when its directory is gone, which is when its last lines matter most. */
function openLog(path: string): Log {
  const opened = openSync(path, 'w+');
  return {
    read: () => readFileSync(`/proc/self/fd/${opened}`, 'utf8'),
    close: () => closeSync(opened),
  };
}
