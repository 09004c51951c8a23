// A disk with a write cache that loses its power: what was flushed lasts, of the rest any blocks do.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Blocks, serveBlocks } from './nbd-server.ts';
import type { Drive } from './qemu.ts';

/** What a disk writes at once, or not at all. */
const blockBytes = 4096;

/** The bytes of a disk, as the machine sees them and as they would be found without power. Pure. */
export class VolatileDisk implements Blocks {
  #isPowered = false;
  #beforeRequest: () => void = () => undefined;
  readonly #seen: Buffer;
  readonly #lasting: Buffer;
  /** Numbers of the blocks that were written since the last flush. */
  readonly #unflushed = new Set<number>();

  /** @param bytes a whole number of blocks */
  constructor(bytes: Buffer) {
    this.#seen = Buffer.from(bytes);
    this.#lasting = bytes;
  }

  get size(): number {
    return this.#seen.length;
  }

  powerOn(): void {
    this.#isPowered = true;
  }

  read(offset: number, length: number): Buffer {
    this.#needPower();
    return Buffer.from(this.#seen.subarray(offset, offset + length));
  }

  write(offset: number, bytes: Buffer): void {
    this.#request();
    bytes.copy(this.#seen, offset);
    const last = Math.floor((offset + bytes.length - 1) / blockBytes);
    for (let block = Math.floor(offset / blockBytes); block <= last; block += 1) this.#unflushed.add(block);
  }

  flush(): void {
    this.#request();
    this.#settle(() => true);
  }

  /** @param lasts says of each block that was not flushed whether it is found when there is power again */
  losePower(lasts: () => boolean): void {
    this.#isPowered = false;
    this.#beforeRequest = () => undefined;
    this.#settle(lasts);
  }

  /** Loses it when so many more times something was to be written or flushed, and resolves then. */
  async losePowerAt(count: number, lasts: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = count;
    this.#beforeRequest = () => {
      left -= 1;
      if (left > 0) return;
      this.losePower(lasts);
      resolve();
    };
    return promise;
  }

  #request(): void {
    this.#beforeRequest();
    this.#needPower();
  }

  /** What QEMU has on its way when the power goes comes to nothing. */
  #needPower(): void {
    if (!this.#isPowered) throw new Error('the disk has no power');
  }

  #settle(lasts: () => boolean): void {
    for (const block of this.#unflushed) {
      const [start, end] = [block * blockBytes, (block + 1) * blockBytes];
      if (lasts()) this.#seen.copy(this.#lasting, start, start, end);
      else this.#lasting.copy(this.#seen, start, start, end);
    }
    this.#unflushed.clear();
  }
}

/** A disk with a plug: while it is served, a machine can have it as a drive. */
export interface ServedDisk extends AsyncDisposable {
  readonly drive: Drive;
}

export async function plugIn(disk: VolatileDisk): Promise<ServedDisk> {
  disk.powerOn();
  const scratch = mkdtempSync(join(tmpdir(), 'disk-'));
  const path = join(scratch, 'nbd');
  const server = await serveBlocks(path, disk);
  return { drive: { nbd: path }, [Symbol.asyncDispose]: async () => unplug(server, scratch) };
}

async function unplug(server: Server, scratch: string): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
  rmSync(scratch, { recursive: true });
}
