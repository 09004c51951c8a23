// Finds a node's container runtime from outside.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cri } from './cri.ts';
import { RuntimeRefusal } from './cri-channel.ts';
import { eventually } from './eventually.ts';

const bootTimeoutMs = 15_000;

/** Resolves to a client as soon as the runtime answers. */
export async function awaitRuntime(root: string): Promise<Cri> {
  // A first connection to a socket that isn't there yet would make gRPC wait before its second.
  await eventually('the socket of containerd', bootTimeoutMs, async () =>
    existsSync(join(root, 'run/containerd/containerd.sock')) ? true : undefined,
  );
  const cri = new Cri(root);
  await eventually('an answer of containerd', bootTimeoutMs, () => answered(cri));
  return cri;
}

/** containerd's pid as seen from here. It is a child of the node's init, whatever command started it. */
export async function runtimePid(initPid: number): Promise<number> {
  const children = await readFile(`/proc/${initPid}/task/${initPid}/children`, 'utf8');
  for (const pid of children.trim().split(' ')) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8');
    if (name.trim() === 'containerd') return Number(pid);
  }
  throw new Error('containerd is not among the children of the node’s init');
}

/** The socket listens a moment before the CRI service behind it is initialised. */
async function answered(cri: Cri): Promise<true | undefined> {
  try {
    await cri.version();
    return true;
  } catch (error) {
    if (error instanceof RuntimeRefusal) return undefined;
    throw error;
  }
}
