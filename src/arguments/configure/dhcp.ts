// What `dhcp` is told.

import type { Arch } from '../../lib/architecture.ts';
import { Failure } from '../../failure/failure.ts';
import type { OptionReader } from '../option-reader.ts';
import type { OptionOf } from '../options.ts';
import { type Listening, listeningOf } from '../parts/listen.ts';
import { type NodePaths, nodePathsOf } from '../parts/node-paths.ts';
import { type RunSettings, stayingRunOf } from '../parts/run.ts';

export interface DhcpConfig {
  readonly verb: 'dhcp';
  readonly arch: Arch;
  readonly node: NodePaths;
  readonly hostProc: string;
  /** Absolute, as this process sees it. */
  readonly socket: string;
  readonly cacheDir: string;
  readonly adopt: boolean;
  readonly restartOnUpgrade: boolean;
  /** Undefined: nobody is answered. */
  readonly listening: Listening | undefined;
  /** The Node that Events are written on; undefined: none are. */
  readonly eventsOn: string | undefined;
  readonly run: RunSettings;
}

/** sockaddr_un has room for 108 bytes, its last NUL among them (unix(7)); ours beside it has a longer name. */
const longestSocket = 96;

export function configureDhcp(read: OptionReader<OptionOf<'dhcp'>>, arch: Arch): DhcpConfig {
  const socket = read.path('socket');
  if (Buffer.byteLength(socket) > longestSocket) {
    throw read.refusal('socket', 'is too long for a socket', `${longestSocket} bytes or less`);
  }
  return {
    verb: 'dhcp',
    arch,
    node: nodePathsOf(read),
    hostProc: read.path('host-proc'),
    socket,
    cacheDir: read.path('cni-cache-dir'),
    adopt: read.boolean('adopt'),
    restartOnUpgrade: read.boolean('restart-on-upgrade'),
    listening: listeningOf(read),
    eventsOn: eventsOnOf(read),
    run: stayingRunOf(read),
  };
}

function eventsOnOf(read: OptionReader<'events' | 'node-name'>): string | undefined {
  const nodeName = read.text('node-name');
  if (!read.boolean('events')) return undefined;
  if (nodeName !== undefined) return nodeName;
  throw new Failure('node-name-missing', {
    message: '--events wants the name that this node has in Kubernetes, and nothing has it',
  });
}
