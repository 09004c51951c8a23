// A virtual machine with a real kernel, a console, drives, and a power cord.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ImageArch } from '../../image/platform.ts';
import { AgentChannel, type Answer } from './agent-channel.ts';
import { guestPackages } from './guest-packages.ts';
import { initramfsOf } from './initramfs.ts';
import { type Accelerator, type Drive, qemuCommand, type Socket } from './qemu.ts';

export interface MachineOptions {
  readonly arch: ImageArch;
  readonly accelerator: Accelerator;
  readonly drives?: readonly Drive[];
  readonly kernelArguments?: readonly string[];
  /** Default: it has no network. */
  readonly network?: Socket | undefined;
  /** Default: 512. */
  readonly memoryMebibytes?: number;
  /** Until it takes orders. Default: three minutes, for an emulated machine on one that has much else to do. */
  readonly bootTimeoutMs?: number;
}

/** Takes some seconds under emulation. The caller cuts the power, or says `await using`. */
export async function bootMachine(options: MachineOptions): Promise<Machine> {
  const packages = guestPackages(options.arch);
  const initramfs = initramfsOf(packages);
  const scratch = mkdtempSync(join(tmpdir(), 'machine-'));
  const agent = join(scratch, 'agent');
  const channel = await AgentChannel.listen(agent);
  const command = qemuCommand({
    drives: [],
    kernelArguments: [],
    memoryMebibytes: 512,
    ...options,
    kernel: packages.kernel,
    initramfs,
    agent,
    console: join(scratch, 'console'),
  });
  const machine = new Machine(command, channel, scratch);
  try {
    await machine.within(options.bootTimeoutMs ?? 180_000, 'it took no orders', channel.ready());
    return machine;
  } catch (error) {
    await machine.cutPower();
    throw error;
  }
}

export class Machine implements AsyncDisposable {
  readonly #qemu: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #channel: AgentChannel;
  readonly #scratch: string;
  #said = '';

  /** It must not outlive this process, however that ends. */
  constructor(command: readonly string[], channel: AgentChannel, scratch: string) {
    this.#channel = channel;
    this.#scratch = scratch;
    this.#qemu = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#qemu.stderr?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
    this.#exited = once(this.#qemu, 'close');
    void this.#exited.then(
      () => channel.end(new Error(`the machine is off; ${this.lastWords()}`)),
      (error: unknown) => channel.end(new Error('QEMU could not be started', { cause: error })),
    );
  }

  /** Runs shell code as root, with busybox. Resolves to its stdout; rejects, with its stderr, unless it exits 0. */
  async run(code: string, timeoutMs?: number): Promise<string> {
    const { exitStatus, stdout, stderr } = await this.attempt(code, timeoutMs);
    if (exitStatus === 0) return stdout;
    throw new Error(`${code}: exit status ${exitStatus} on the machine: ${stderr}${stdout.slice(-2000)}`);
  }

  /** Runs shell code as root, with busybox, to its end. Rejects when the machine is off before. */
  async attempt(code: string, timeoutMs = 180_000): Promise<Answer> {
    return this.within(timeoutMs, `no end of: ${code}`, this.#channel.order(code));
  }

  /** From one moment to the next. Resolves when nothing is left of the machine. May be called again. */
  async cutPower(): Promise<void> {
    this.#qemu.kill('SIGKILL');
    await this.#exited.catch(() => undefined);
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cutPower();
  }

  /** What its kernel and QEMU said last. */
  lastWords(): string {
    const console = join(this.#scratch, 'console');
    const kernel = existsSync(console) ? readFileSync(console, 'utf8') : '';
    return `its console ends with\n${kernel.slice(-3000)}\n${this.#said}`;
  }

  /** Rejects with what the machine said last when that takes longer. */
  async within<Value>(timeoutMs: number, complaint: string, awaited: Promise<Value>): Promise<Value> {
    const timer = new AbortController();
    const late = delay(timeoutMs, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`the machine: ${complaint}, not within ${timeoutMs} ms; ${this.lastWords()}`);
    });
    try {
      return await Promise.race([awaited, late]);
    } finally {
      timer.abort();
      late.catch(() => undefined);
    }
  }
}
