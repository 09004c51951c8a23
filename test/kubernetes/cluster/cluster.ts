// A whole Kubernetes cluster for one test: a control plane, and nodes with kubelets, all real, all in namespaces of their own.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDir } from '../../throwaway-node/cache.ts';
import { makeDisk } from '../../throwaway-node/lasting-disk.ts';
import { eventually } from '../../throwaway-node/eventually.ts';
import type { Image } from '../../throwaway-node/images.ts';
import type { ThrowawayNode } from '../../throwaway-node/node.ts';
import type { List, Node } from './api-objects.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { describeState } from './describe-state.ts';
import { bootWorker, type Preparation, type Worker } from './worker.ts';

export interface ClusterOptions {
  /** On every node. */
  readonly images: readonly Image[];
  /** How many. Default: 1. */
  readonly nodes?: number;
  /** What they register with: `key=value:effect`. Default: none. */
  readonly taints?: string;
}

const pollMs = 200;

export class Cluster implements AsyncDisposable {
  readonly workers: Worker[] = [];
  readonly #controlPlane: ControlPlane;
  readonly #scratch: string;
  /** How many times longer than on this machine things may take. */
  readonly patience: number;

  /** @param scratch is removed with the cluster */
  constructor(controlPlane: ControlPlane, scratch: string, patience = 1) {
    this.#controlPlane = controlPlane;
    this.#scratch = scratch;
    this.patience = patience;
  }

  /** The first node. */
  get node(): ThrowawayNode {
    const [worker] = this.workers;
    if (worker === undefined) throw new Error('the cluster has no node');
    return worker.node;
  }

  /** Boots one more node. */
  async addNode(images: readonly Image[], taints = ''): Promise<void> {
    const number = this.workers.length + 1;
    const disk = join(this.#scratch, `disk${number}`);
    await makeDisk(disk);
    this.workers.push(await bootWorker({ number, images, taints, disk }, this.#controlPlane));
  }

  /** Kills everything on the first node at once, and boots it from its disk. */
  async reboot(beforeKubelet?: Preparation): Promise<void> {
    await this.switchOff('node1');
    await this.switchOn('node1', beforeKubelet);
  }

  /** Kills everything on the node at once; the API server goes on knowing it. */
  async switchOff(name: string): Promise<void> {
    await this.#workerNamed(name).node.stop();
  }

  /** Boots a node that was switched off from its disk. */
  async switchOn(name: string, beforeKubelet?: Preparation): Promise<void> {
    const worker = this.#workerNamed(name);
    const index = this.workers.indexOf(worker);
    this.workers[index] = await bootWorker(worker.plan, this.#controlPlane, beforeKubelet);
  }

  #workerNamed(name: string): Worker {
    const worker = this.workers.find((one) => one.name === name);
    if (worker === undefined) throw new Error(`the cluster has no ${name}`);
    return worker;
  }

  /** Resolves to what kubectl wrote to stdout; rejects, with its stderr, unless it exits 0. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return this.#controlPlane.kubectl(args);
  }

  /** As kubectl, for any program that talks to the API server. */
  async client(command: string, args: readonly string[], input?: string): Promise<string> {
    return this.#controlPlane.client(command, args, input);
  }

  /** Applies objects, or a manifest as it is. */
  async apply(what: string | readonly unknown[]): Promise<string> {
    const list = { apiVersion: 'v1', kind: 'List', items: what };
    return this.#controlPlane.kubectl(
      ['apply', '--filename=-'],
      typeof what === 'string' ? what : JSON.stringify(list),
    );
  }

  /** The object or list at this path of the API; undefined where there is none. */
  async find<Found>(path: string): Promise<Found | undefined> {
    return this.#controlPlane.api.find<Found>(path);
  }

  /** The items of the list at this path of the API; none where there is no such list. */
  async list<Item>(path: string): Promise<readonly Item[]> {
    return (await this.find<List<Item>>(path))?.items ?? [];
  }

  /** Resolves to the first value other than undefined. */
  async until<Value>(
    what: string,
    probe: () => Promise<Value | undefined>,
    timeoutMs = 180_000,
  ): Promise<Value> {
    return eventually(what, timeoutMs * this.patience, probe, pollMs * this.patience);
  }

  /** Resolves when so many nodes are Ready, by default all that were booted here, and pods can be made. */
  async untilReady(nodes = this.workers.length): Promise<void> {
    await this.until('every node is Ready', async () => {
      const ready = (await this.list<Node>('/api/v1/nodes')).filter(isReady);
      return ready.length === nodes ? true : undefined;
    });
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    await this.until('the default service account', () => this.find(account));
  }

  /** What people would look at: nodes, pods, events, logs. */
  async describe(): Promise<string> {
    return describeState(this.#controlPlane, this.workers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.workers.map(({ node }) => node.stop()), this.#controlPlane.stop()]);
    await rm(this.#scratch, { recursive: true });
  }
}

/** Resolves when the hosts are up; their nodes are Ready some seconds later. The caller disposes of it. */
export async function bootCluster({ images, nodes = 1, taints = '' }: ClusterOptions): Promise<Cluster> {
  await mkdir(scratchDir, { recursive: true });
  await sweepScratch();
  const scratch = await mkdtemp(join(scratchDir, `cluster-${process.pid}-`));
  const cluster = new Cluster(await startControlPlane(), scratch);
  try {
    while (cluster.workers.length < nodes) await cluster.addNode(images, taints);
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

/** Hosts go down with the process that booted them, but the disks of one that was killed stay. */
async function sweepScratch(): Promise<void> {
  for (const name of await readdir(scratchDir)) {
    const [, owner] = /^cluster-(\d+)-/.exec(name) ?? [];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    await rm(join(scratchDir, name), { recursive: true, force: true });
  }
}

function isReady({ status, metadata }: Node): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && metadata.deletionTimestamp === undefined;
}
