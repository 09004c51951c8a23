// A node that is switched off and on, with a watch on it that is started again whenever it ends, as a kubelet does.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { binDir, hostProc } from '../support/node/installer-container.ts';
import type {
  Container,
  ContainerSpec,
  EndedContainer,
  HostPathMount,
  Sandbox,
} from '../throwaway-node/cri.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import { busyboxImage, installerImage, installerReference } from '../throwaway-node/images.ts';
import { bootNode, type ThrowawayNode } from '../throwaway-node/node.ts';
import type { ApiOfOneNode } from './api-outages.ts';
import { type Standing, standingOf } from './hindrance.ts';
import { type VitalSigns, vitalSigns } from './vital-signs.ts';

/** What ended the watch, as far as we had a hand in it. */
export type Hand = 'killed' | 'restarted' | 'bin dir replaced';

export interface Life {
  readonly container: Container;
  /** On the node. */
  readonly pid: number;
  readonly bornMs: number;
  readonly hands: Set<Hand>;
  readonly signs: VitalSigns[];
}

export const spare: HostPathMount = { hostPath: '/var/lib/spare', containerPath: '/host/spare' };
/** Of the pod, as an emptyDir is: what one start of the watch leaves for the next. */
const notes: HostPathMount = { hostPath: '/var/lib/watch-notes', containerPath: '/tmp' };
const account: HostPathMount = {
  hostPath: '/var/lib/account',
  containerPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readonly: true,
};

export interface SoakedNodeOptions {
  readonly disk: string;
  readonly api: ApiOfOneNode;
  readonly tell: (line: string) => void;
}

export class SoakedNode implements AsyncDisposable {
  readonly #options: SoakedNodeOptions;
  #node: ThrowawayNode | undefined;
  #sandbox: Sandbox | undefined;
  #boots = 0;
  #life: Life | undefined;
  /** Of lives that are over. */
  readonly lives: Life[] = [];

  constructor(options: SoakedNodeOptions) {
    this.#options = options;
  }

  get node(): ThrowawayNode {
    if (this.#node === undefined) throw new Error('the node is switched off');
    return this.#node;
  }

  /** Undefined while the watch is not there, or the node is not. */
  get life(): Life | undefined {
    return this.#life;
  }

  get isOn(): boolean {
    return this.#node !== undefined;
  }

  /** From its disk. Its root is private again, as after any boot. */
  async switchOn(): Promise<void> {
    const images = [await busyboxImage(), await installerImage()];
    this.#node = await bootNode({ images, disk: this.#options.disk, network: 'loopback' });
    this.#boots += 1;
    for (const { hostPath } of [spare, notes])
      mkdirSync(join(this.#node.root, hostPath), { recursive: true });
    this.#furnishAccount(join(this.#node.root, account.hostPath));
    await this.#options.api.moveTo(this.#node);
    this.#sandbox = await this.#node.cri.runSandbox({ name: `soak-${this.#boots}`, hostNetwork: true });
  }

  /** All at once, without a word to anybody. */
  async switchOff(): Promise<void> {
    this.#bury();
    const { node } = this;
    this.#node = undefined;
    await this.#options.api.leave();
    await node.stop();
  }

  /** One container, to its end. */
  async run(spec: ContainerSpec): Promise<EndedContainer> {
    const container = await this.start(spec);
    try {
      return await this.node.cri.awaitEnd(container, 120_000);
    } finally {
      await this.node.cri.removeContainer(container);
    }
  }

  async start(spec: ContainerSpec): Promise<Container> {
    if (this.#sandbox === undefined) throw new Error('the node was never switched on');
    return this.node.cri.run(this.#sandbox, spec);
  }

  async startWatch(): Promise<void> {
    const container = await this.start(this.#watch());
    const pid = await eventually('the process of the watch', 60_000, async () => this.pidOf('watch'));
    this.#life = { container, pid, bornMs: performance.now(), hands: new Set(), signs: [] };
  }

  isAlive({ pid }: Life): boolean {
    return existsSync(join(this.node.root, 'proc', String(pid), 'fd', '0'));
  }

  signsOf({ pid }: Life): VitalSigns | undefined {
    return vitalSigns(join(this.node.root, 'proc', String(pid)));
  }

  /** Of the watch, as it is now; empty while there is none. */
  get standing(): Standing {
    return this.#life === undefined
      ? new Map()
      : standingOf(join(this.node.root, 'proc', String(this.#life.pid)));
  }

  /** What the life that is over came to. */
  async endOf(life: Life): Promise<EndedContainer> {
    const end = await this.node.cri.awaitEnd(life.container, 60_000);
    await this.node.cri.removeContainer(life.container);
    this.#bury();
    return end;
  }

  /** The last that the watch has said. */
  async words(): Promise<string> {
    if (this.#life === undefined) return 'the watch is not there';
    return (await this.node.cri.output(this.#life.container)).stderr.slice(-4000);
  }

  /** By what kills; resolves when it is gone. */
  async kill(pid: number): Promise<void> {
    await this.node.host(`kill -KILL ${pid} 2>/dev/null || true`);
    const entry = join(this.node.root, 'proc', String(pid), 'fd', '0');
    while (existsSync(entry)) await delay(20);
  }

  /** Of the installer that runs with this verb; undefined while there is none. */
  pidOf(verb: string): number | undefined {
    const proc = join(this.node.root, 'proc');
    return readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .find((pid) => isInstaller(join(proc, String(pid), 'cmdline'), verb));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isOn) await this.switchOff();
  }

  #bury(): void {
    if (this.#life !== undefined) this.lives.push(this.#life);
    this.#life = undefined;
  }

  /** As the chart has it, with all that it may tell Kubernetes. */
  #watch(): ContainerSpec {
    return {
      name: 'watch',
      image: installerReference,
      args: [
        'watch',
        '--spare-store',
        spare.containerPath,
        '--node-condition',
        '--events',
        '--period',
        '30s',
      ],
      env: { NODE_NAME: 'soaked', ...this.#options.api.environment },
      privileged: false,
      dropAllCapabilities: true,
      seccomp: 'RuntimeDefault',
      memoryLimitBytes: 50 * 1024 ** 2,
      mounts: [binDir, hostProc, spare, notes, account],
    };
  }

  #furnishAccount(directory: string): void {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'token'), 'a token\n');
    writeFileSync(join(directory, 'ca.crt'), this.#options.api.authorityPem);
  }
}

function isInstaller(cmdline: string, verb: string): boolean {
  try {
    const words = readFileSync(cmdline, 'utf8').split('\0');
    return words[1] === '/app/cni-plugins-installer.js' && words[2] === verb;
  } catch {
    return false;
  }
}
