// What lies in the host's own root directory, as the procfs of its PID 1 leads there. Looking takes SYS_PTRACE.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../lib/errno.ts';
import { type Mount, parseMountinfo } from '../../lib/linux/mountinfo.ts';
import { resolveInRoot } from '../../node/mounts/path-in-root.ts';
import type { DhcpAttachment, HostFiles, HostProcess } from '../node-facts.ts';
import { cacheDirectories, cachedDhcpAttachment } from './cached-attachment.ts';
import { dhcpRecordName, parseDhcpRecord } from './dhcp-record.ts';
import { lookAt, mapSeen, type Seen, thenSeen, unseen } from '../seen.ts';

export interface HostFileWishes {
  /** Paths of the host that somebody names. */
  readonly paths: readonly string[];
  /** Names of networks whose addresses host-local gives out. */
  readonly networks: readonly string[];
}

export async function seeHostFiles(
  procPath: string,
  daemons: readonly HostProcess[],
  { paths, networks }: HostFileWishes,
): Promise<HostFiles> {
  const root = `${procPath}/1/root`;
  const open = lookAt(root, () => statSync(`${root}/.`).isDirectory());
  const there = await Promise.all(
    paths.map(async (path) => [path, await isThereInRoot(root, path, open)] as const),
  );
  const inRoot = <Value>(path: string, look: (place: string) => Value): Seen<Value> =>
    thenSeen(open, () => lookAt(path, () => look(`${root}${path}`)));
  return {
    osRelease: inRoot('/etc/os-release', (place) => parseOsRelease(readFileSync(place, 'utf8'))),
    dhcpSocket: inRoot('/run/cni/dhcp.sock', existsSync),
    there: new Map(there),
    leases: inRoot('/var/lib/cni/networks', (place) => leasesIn(place, networks)),
    dhcpRecord: inRoot(`/run/cni/${dhcpRecordName}`, (place) => parseDhcpRecord(readWithTime(place).text)),
    dhcpAttachments: thenSeen(open, () => dhcpAttachments(root)),
    daemonsSeeNetns: new Map(daemons.map(({ pid }) => [pid, seesNetns(procPath, pid)])),
    bootMs: mapSeen(
      lookAt(`${procPath}/stat`, () => readFileSync(`${procPath}/stat`, 'utf8')),
      (stat) => Number(/^btime (\d+)$/m.exec(stat)?.[1] ?? 0) * 1000,
    ),
  };
}

/** Links are followed as the host would: an absolute one would lead into our own root directory. */
export async function isOnHost(procPath: string, path: string): Promise<Seen<boolean>> {
  const root = `${procPath}/1/root`;
  if (!path.startsWith('/')) return unseen(`${path} is not an absolute path`);
  return isThereInRoot(
    root,
    path,
    lookAt(root, () => statSync(`${root}/.`).isDirectory()),
  );
}

async function isThereInRoot(root: string, path: string, open: Seen<boolean>): Promise<Seen<boolean>> {
  if (!open.seen) return open;
  const resolved = await resolveInRoot(root, path);
  return lookAt(path, () => existsSync(`${root}${resolved}`));
}

/** os-release(5). */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^([A-Z_]+)=["']?(.*?)["']?$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
}

/** host-local keeps a file named after each address that is given out. */
function leasesIn(directory: string, networks: readonly string[]): ReadonlyMap<string, number> {
  const isAddress = (name: string): boolean => /^[0-9a-f.:_]+$/i.test(name) && /[.:]/.test(name);
  return new Map(networks.map((name) => [name, namesAt(join(directory, name)).filter(isAddress).length]));
}

function dhcpAttachments(root: string): Seen<readonly DhcpAttachment[]> {
  return lookAt('/var/lib/cni', () =>
    cacheDirectories.flatMap((cache) => {
      const directory = `${root}/var/lib/cni/${cache}`;
      return namesAt(directory).flatMap((name) => attachmentAt(root, `${directory}/${name}`));
    }),
  );
}

function attachmentAt(root: string, path: string): DhcpAttachment[] {
  const { text, madeMs } = readWithTime(path);
  const cached = cachedDhcpAttachment(text);
  if (cached === undefined) return [];
  const { container, interfaceName, pod, netns } = cached;
  if (!existsSync(`${root}${netns.replace(/^\/var\/run\//, '/run/')}`)) return [];
  return [{ container, interfaceName, pod, madeMs }];
}

/** A pod may end meanwhile, and its cache with it. */
function readWithTime(path: string): { readonly text: string; readonly madeMs: number } {
  try {
    return { text: readFileSync(path, 'utf8'), madeMs: statSync(path).mtimeMs };
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return { text: '', madeMs: 0 };
  }
}

function namesAt(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

/** The directory of network namespaces, or one that it lies in. */
const netnsDirs: ReadonlySet<string> = new Set(['/run/netns', '/var/run/netns', '/run', '/var/run', '/host']);

/** In its own mount namespace it needs the host's directory of network namespaces, and what is mounted there later. */
function seesNetns(procPath: string, pid: number): Seen<boolean> {
  const tableOf = (of: number): Seen<readonly Mount[]> =>
    lookAt(`${procPath}/${of}/mountinfo`, () =>
      parseMountinfo(readFileSync(`${procPath}/${of}/mountinfo`, 'utf8')),
    );
  return thenSeen(tableOf(1), (host) =>
    mapSeen(tableOf(pid), (own) => {
      const ids = new Set(host.map(({ id }) => id));
      if (own.some(({ id }) => ids.has(id))) return true;
      return own.some(({ mountPoint, propagation }) => {
        const follows = propagation.masterGroup !== undefined || propagation.sharedGroup !== undefined;
        return follows && netnsDirs.has(mountPoint);
      });
    }),
  );
}
