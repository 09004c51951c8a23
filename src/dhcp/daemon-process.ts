// The daemon as a child: started, heard line by line, ended.

import type { Readable } from 'node:stream';
import { spawn } from 'node:child_process';
import { errnoOf } from '../lib/errno.ts';

export interface DaemonProcess {
  /** How it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  readonly kill: (signal: 'SIGTERM' | 'SIGKILL') => void;
}

/** A line that is longer is told in pieces. */
const longestLine = 4096;

/**
 * No flag but the one that each release since v0.8 has. `-hostprefix` would stand before the socket and before the network
 * namespaces alike, which the runtime names by the host's paths: these have to be mounted here under those very paths, as
 * `/run/netns` and `/var/run/netns`, and then only the socket is elsewhere than on the host.
 */
export function startDaemon(plugin: string, socket: string, onLine: (line: string) => void): DaemonProcess {
  const child = spawn(plugin, ['daemon', '-socketpath', socket], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  hear(child.stdout, onLine);
  hear(child.stderr, onLine);
  const { promise, resolve } = Promise.withResolvers<string>();
  child.once('error', (error) => resolve(`could not be started (${errnoOf(error) ?? error.message})`));
  child.once('exit', (status, signal) =>
    resolve(signal === null ? `ended with status ${status}` : `was ended by ${signal}`),
  );
  return { ended: promise, kill: (signal) => void child.kill(signal) };
}

function hear(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  const tell = (line: string): void => {
    if (line.trim() !== '') onLine(line);
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(line);
    if (rest.length > longestLine) {
      tell(rest);
      rest = '';
    }
  });
  stream.on('error', () => undefined);
  stream.on('close', () => tell(rest));
}
