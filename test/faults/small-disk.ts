// A node whose bin dir is a small file system of its own, which nobody but the processes of the test sees mounted.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { startWatch, type Watch } from '../support/watch.ts';

export interface Disk {
  /** As mount(8) takes it, such as `512k`. */
  readonly size?: string;
  readonly inodes?: number;
}

/** The mount lives in the namespace of a process that waits; it is gone with it. */
export class SmallDisk {
  /** The node as this process can read and write it. */
  readonly node: TestNode;
  readonly #inside: TestNode;
  readonly #holder: ChildProcess;

  private constructor(inside: TestNode, holder: ChildProcess) {
    const binDir = `/proc/${holder.pid}/root${inside.binDir}`;
    this.node = { ...inside, binDir, stateDir: join(binDir, '.cni-plugins-installer') };
    this.#inside = inside;
    this.#holder = holder;
  }

  static mount(disk: Disk): Promise<SmallDisk> {
    return SmallDisk.#mounted(`mount -t tmpfs -o "${optionsOf(disk)}" small "$1"`);
  }

  /** A disk with room, on which a quota of btrfs' can be set for the bin dir: it holds for root too. */
  static mountWithQuota(): Promise<SmallDisk> {
    return SmallDisk.#mounted(
      `truncate -s 128M "$1.img" && mkfs.btrfs -q "$1.img" && mkdir "$1.top" && mount -o loop "$1.img" "$1.top" &&
        btrfs quota enable "$1.top" && btrfs subvolume create "$1.top/bin" && mount --bind "$1.top/bin" "$1"`,
    );
  }

  /**
   * A disk that a process serves, by FUSE: as long as that is stopped, whoever asks the disk waits, as with NFS whose server
   * is gone; once it is killed every answer is ENOTCONN.
   */
  static mountServed(): Promise<SmallDisk> {
    return SmallDisk.#mounted(
      `mkdir "$1.real" && { bindfs -f "$1.real" "$1" >/dev/null & echo $! >"$1.server"; } &&
        until mountpoint -q "$1"; do sleep 0.05; done`,
    );
  }

  static async #mounted(code: string): Promise<SmallDisk> {
    const inside = createNode();
    const waiting = `{ ${code}; } >&2 && echo mounted && read -r end`;
    const unshare = ['--mount', '--propagation', 'private', 'sh', '-c', waiting, 'sh', inside.binDir];
    const holder = spawn('unshare', unshare, { stdio: ['pipe', 'pipe', 'inherit'] });
    const [said] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
    if (!(said instanceof Buffer)) throw new Error(`the disk could not be mounted: exit status ${said}`);
    return new SmallDisk(inside, holder);
  }

  /** Runs the installer where the disk is mounted. */
  run(args: readonly string[]): Promise<Run> {
    return runInstaller(this.#inside, args, { within: this.#entering });
  }

  /** Resolves once the first deep audit is over. */
  watch(args: readonly string[] = []): Promise<Watch> {
    return startWatch(this.#inside, args, { within: this.#entering });
  }

  get #entering(): readonly string[] {
    return ['nsenter', `--mount=/proc/${this.#holder.pid}/ns/mnt`];
  }

  /** What the server of a served disk shows, as it is without it. */
  get served(): string {
    return `${this.#inside.binDir}.real`;
  }

  signalServer(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    process.kill(Number(readFileSync(`${this.#inside.binDir}.server`, 'utf8')), signal);
  }

  remount(mode: 'ro' | 'rw'): void {
    this.#inNamespace(['mount', '-o', `remount,${mode}`, this.#inside.binDir]);
  }

  resize(disk: Disk): void {
    this.#inNamespace(['mount', '-o', `remount,${optionsOf(disk)}`, this.#inside.binDir]);
  }

  /** The quota that holds from now on, such as `64k` or `none`. 0/256 is the first subvolume. */
  limit(limit: string): void {
    this.#inNamespace(['btrfs', 'qgroup', 'limit', limit, '0/256', `${this.#inside.binDir}.top`]);
  }

  #inNamespace(command: readonly string[]): void {
    const [file = '', ...words] = [...this.#entering, ...command];
    execFileSync(file, words);
  }

  /** Others fill the disk until only so much is free. */
  fillExcept(freeBytes: number): void {
    const filling = join(this.node.binDir, 'filling');
    rmSync(filling, { force: true });
    const { bavail, bsize } = statfsSync(this.node.binDir);
    const bytes = bavail * bsize - freeBytes;
    if (bytes > 0) writeFileSync(filling, Buffer.alloc(bytes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (existsSync(`${this.#inside.binDir}.server`)) this.signalServer('SIGKILL');
    const ended = once(this.#holder, 'exit');
    this.#holder.stdin?.end();
    await ended;
    this.#inside[Symbol.dispose]();
  }
}

function optionsOf({ size = '64m', inodes = 1000 }: Disk): string {
  return `size=${size},nr_inodes=${inodes}`;
}
