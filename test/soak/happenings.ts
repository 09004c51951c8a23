// Makes things happen to a node, as others, a kubelet, and an operator with our verbs would.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installer, type Report } from '../support/node/installer-container.ts';
import { deliveredDir } from '../support/node/plugins-archive.ts';
import { pluginNames } from '../support/plugins.ts';
import { layOutRelease, type ReleaseArchive } from '../support/release-archives.ts';
import type { ContainerSpec, EndedContainer } from '../throwaway-node/cri.ts';
import type { ApiOfOneNode } from './api-outages.ts';
import { type Happening, oneOf } from './deck.ts';
import {
  deletePlugin,
  placeRivals,
  presentIn,
  releases,
  takeModeFrom,
  truncatePlugin,
} from './plugin-files.ts';
import { type SoakedNode, spare } from './soaked-node.ts';

/** A rival that keeps at it does so for this long. */
const hammeringMs = 2_000;
/** What was taken away stays away at least this long. */
const absenceMs = 3_000;

/** Who writes down what happens, and looks at the node. */
export interface Witness {
  readonly tell: (line: string) => void;
  /** Just before a plugin is harmed: what was put back and is harmed again between two looks counted as away all the time. */
  readonly look: () => void;
}

export class Happenings {
  readonly #soaked: SoakedNode;
  readonly #api: ApiOfOneNode;
  readonly #chance: () => number;
  readonly #witness: Witness;
  readonly #archives = new Map<string, ReleaseArchive>();
  #turn: Promise<unknown> = Promise.resolve();
  /** What the DaemonSet asks for, or what was gone back to. */
  #version: string = releases[0];
  #isWanted = false;
  /** Names that an uninstall took away; undefined while it is at it. */
  unwanted: ReadonlySet<string> | undefined;
  isBusyWithNode = false;

  constructor(soaked: SoakedNode, api: ApiOfOneNode, chance: () => number, witness: Witness) {
    this.#soaked = soaked;
    this.#api = api;
    this.#chance = chance;
    this.#witness = witness;
  }

  /** All of the plugins are there, and are to stay. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Boots the node; what a DaemonSet's pod does first is done. */
  async begin(): Promise<void> {
    await this.#soaked.switchOn();
    const directory = join(this.#soaked.node.root, deliveredDir);
    mkdirSync(directory, { recursive: true });
    for (const version of releases) this.#archives.set(version, layOutRelease(directory, version));
    await this.#install();
    await this.#soaked.startWatch();
  }

  /** The watch is not seen to while the node goes off and on, nor the other way round. */
  exclusively<Value>(act: () => Promise<Value>): Promise<Value> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async let(happening: Happening): Promise<void> {
    const name = oneOf(pluginNames, this.#chance);
    const share = this.#chance();
    this.#witness.tell(`${new Date().toISOString()} ${happening} (${name}, ${share.toFixed(2)})`);
    this.#witness.look();
    await this.#deedOf(happening, name, share)();
  }

  /** Each plugin in a way of its own. */
  harmAll(): void {
    const { binDir } = this.#soaked.node;
    this.#witness.look();
    const harms = [deletePlugin, truncatePlugin, takeModeFrom];
    for (const [index, name] of pluginNames.entries()) harms[index % harms.length]?.(binDir, name);
  }

  /** Nobody else is at it any more: what the DaemonSet asks for is asked for once again. */
  async settle(): Promise<void> {
    if (!this.#api.isOn) await this.#api.turn();
    await this.#install();
  }

  /** One phrase for each thing that is not as it should be. */
  async end(): Promise<readonly string[]> {
    const verified = await this.#runVerb('verify');
    const { life, node } = this.#soaked;
    if (life === undefined) return ['the watch is not there'];
    await node.cri.stopContainer(life.container, 30);
    const watched = await this.#soaked.endOf(life);
    return [
      ...(verified.exitCode === 0 ? [] : [`verify ended with ${verified.exitCode}: ${verified.stdout}`]),
      ...(watched.exitCode === 0 ? [] : [`the watch, told to stop, ended with ${watched.exitCode}`]),
      ...readdirSync(node.binDir)
        .filter((name) => !name.startsWith('.') && !isPlugin(name))
        .map((name) => `${name} was left in the bin dir`),
    ];
  }

  #deedOf(happening: Happening, name: string, share: number): () => Promise<void> | void {
    const { binDir } = this.#soaked.node;
    const deeds: Readonly<Record<Happening, () => Promise<void> | void>> = {
      'watch-killed': () => this.#killWatch(),
      'watch-restarted': () => this.#restartWatch(),
      'node-rebooted': () => this.#reboot(),
      'bin-dir-replaced': () => this.#replaceBinDir(),
      'installer-killed': () => this.#killInstaller(share),
      'uninstalled-and-installed': () => this.#uninstallAndInstall(),
      'plugin-deleted': () => deletePlugin(binDir, name),
      'plugin-truncated': () => truncatePlugin(binDir, name),
      'plugin-mode-0': () => takeModeFrom(binDir, name),
      'plugin-replaced-by-rival': () => placeRivals(binDir, name),
      'rival-deletes-for-a-while': () => this.#deleteForAWhile(name),
      'store-damaged': () => this.#damageStore(share),
      'api-turned-off-or-on': () => this.#api.turn(),
      'upgraded-or-downgraded': () => this.#installOther(),
      'rolled-back': () => this.#rollBack(),
    };
    return deeds[happening];
  }

  #killWatch(): Promise<void> {
    return this.exclusively(async () => {
      const { life } = this.#soaked;
      life?.hands.add('killed');
      if (life !== undefined) await this.#soaked.kill(life.pid);
    });
  }

  #restartWatch(): Promise<void> {
    return this.exclusively(async () => {
      const { life, node } = this.#soaked;
      life?.hands.add('restarted');
      if (life !== undefined) await node.cri.stopContainer(life.container, 30);
    });
  }

  async #reboot(): Promise<void> {
    this.isBusyWithNode = true;
    await this.exclusively(async () => {
      await this.#soaked.switchOff();
      await this.#soaked.switchOn();
      await this.#install();
      await this.#soaked.startWatch();
    });
    this.isBusyWithNode = false;
  }

  async #replaceBinDir(): Promise<void> {
    await this.exclusively(async () => {
      this.#soaked.life?.hands.add('bin dir replaced');
      await this.#soaked.node.host('rm -rf /opt/cni/bin && mkdir /opt/cni/bin');
    });
  }

  async #killInstaller(share: number): Promise<void> {
    const version = this.#otherVersion();
    const container = await this.#soaked.start(this.#installing(version));
    await delay(share * 1000);
    const pid = this.#soaked.pidOf('install');
    if (pid !== undefined) await this.#soaked.kill(pid);
    await this.#soaked.node.cri.awaitEnd(container, 60_000);
    await this.#soaked.node.cri.removeContainer(container);
    this.#version = version;
    await this.#install();
  }

  async #uninstallAndInstall(): Promise<void> {
    this.unwanted = undefined;
    this.#isWanted = false;
    await this.#do('uninstall');
    const present = new Set(presentIn(this.#soaked.node.binDir));
    this.unwanted = new Set(pluginNames.filter((name) => !present.has(name)));
    await delay(absenceMs);
    this.unwanted = undefined;
    await this.#install();
  }

  async #deleteForAWhile(name: string): Promise<void> {
    const endMs = performance.now() + hammeringMs;
    while (performance.now() < endMs) {
      this.#witness.look();
      deletePlugin(this.#soaked.node.binDir, name);
      await delay(200);
    }
  }

  /** The node's own copy of one plugin; the spare one stays. */
  #damageStore(share: number): void {
    const store = join(this.#soaked.node.binDir, '.cni-plugins-installer/store');
    const copies = namesIn(store).toSorted();
    const copy = copies[Math.floor(share * copies.length)];
    if (copy !== undefined) writeFileSync(join(store, copy), 'damaged');
  }

  async #installOther(): Promise<void> {
    this.#version = this.#otherVersion();
    await this.#install();
  }

  #otherVersion(): string {
    return releases.find((version) => version !== this.#version) ?? releases[0];
  }

  /** Where there is nothing to go back to it is refused, which changes nothing. */
  async #rollBack(): Promise<void> {
    const end = await this.#runVerb('rollback');
    const { outcome, version } = reportOf(end);
    if (end.exitCode === 0) this.#version = version ?? this.#version;
    else if (end.exitCode !== 6) throw refused('rollback', end);
    this.#witness.tell(`  rollback: ${outcome}, ${version}`);
  }

  async #install(): Promise<void> {
    await this.#do('install');
    const { shared } = await this.#soaked.node.mountinfo('/');
    if (!shared) throw new Error('the root mount is not shared after an install');
    this.#isWanted = true;
  }

  async #do(verb: 'install' | 'uninstall'): Promise<void> {
    const end = await this.#runVerb(verb);
    if (end.exitCode !== 0) throw refused(verb, end);
    this.#witness.tell(`  ${verb}: ${reportOf(end).outcome}, ${this.#version}`);
  }

  async #runVerb(verb: string): Promise<EndedContainer> {
    return this.#soaked.run({ ...this.#installing(this.#version), name: verb, args: [verb] });
  }

  #installing(version: string): ContainerSpec {
    const archive = this.#archives.get(version);
    if (archive === undefined) throw new Error(`there is no archive of ${version}`);
    const plain = installer({}, { ...archive, version, origin: 'stand-in' });
    return {
      ...plain,
      args: ['install'],
      mounts: [...(plain.mounts ?? []), spare],
      env: {
        ...plain.env,
        CNI_PLUGINS: pluginNames.join(','),
        CNI_PLUGINS_SPARE_STORE: spare.containerPath,
      },
    };
  }
}

function isPlugin(name: string): boolean {
  return pluginNames.some((one) => one === name);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function reportOf({ terminationMessage = '{}' }: EndedContainer): Partial<Report> {
  return JSON.parse(terminationMessage) as Partial<Report>;
}

function refused(verb: string, { exitCode, stderr }: EndedContainer): Error {
  return new Error(`${verb} ended with ${exitCode}: ${stderr.slice(-3000)}`);
}
