// Our chart as a Helm release in a cluster: what an operator does with it, from install to uninstall.

import { join } from 'node:path';
import { ownArch } from '../../image/built-image.ts';
import type { PluginsArchive } from '../../support/node/plugins-archive.ts';
import type { Image } from '../../throwaway-node/images.ts';
import type { Cluster } from './cluster.ts';
import { multusImage } from './multus-image.ts';
import { type Mode, program } from './programs.ts';

const chartDir = join(import.meta.dirname, '../../../manifests/chart');

export type Values = Readonly<Record<string, unknown>>;

/** The Multus that the chart runs by default, under the name it has there. */
export async function multusOfChart(mode: Mode): Promise<Image> {
  return multusImage(mode, mode === 'thick' ? 'v4.3.0-thick' : 'v4.3.0');
}

/** What a node whose disk is its memory takes: there, the plugins themselves count against the limit. */
const resources = { limits: { cpu: '1', memory: '500Mi' } };

/** Of `cniPlugins`: this release, and the digest of what the tests have of it, which need not be upstream's own build. */
export function wish({ version, sha256 }: PluginsArchive): Values {
  return { version, sha256: { [ownArch]: sha256 }, resources };
}

/** Of `cniPlugins`: the same from a mirror. */
export function wishFrom(mirrorUrl: string, archive: PluginsArchive): Values {
  return { ...wish(archive), source: 'mirror', mirror: { urls: [mirrorUrl] } };
}

/** The release `multus` in `kube-system`. Each verb resolves to what Helm wrote, or rejects with its stderr. */
export class Release {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async install(values: Values): Promise<string> {
    return this.#helm(['install', 'multus', chartDir, '--values=-'], values);
  }

  /** What the values do not name stays as it is. */
  async upgrade(values: Values): Promise<string> {
    return this.#helm(['upgrade', 'multus', chartDir, '--reuse-values', '--values=-'], values);
  }

  async rollback(revision: number): Promise<string> {
    return this.#helm(['rollback', 'multus', String(revision)]);
  }

  /** Resolves to whether the test passed, and to all that the operator reads. */
  async test(): Promise<{ readonly passed: boolean; readonly said: string }> {
    const script = '"$1" test multus --namespace=kube-system 2>&1; echo "exit status $?"';
    const said = await this.#cluster.client('bash', ['-c', script, 'bash', program('helm')]);
    return { passed: said.endsWith('\nexit status 0\n'), said };
  }

  /** Resolves when every object that goes is gone. */
  async uninstall(): Promise<string> {
    return this.#helm(['uninstall', 'multus', '--wait', `--timeout=${90 * this.#cluster.patience}s`]);
  }

  /** Its objects, as Helm made them. */
  async manifest(): Promise<string> {
    return this.#helm(['get', 'manifest', 'multus']);
  }

  async #helm(args: readonly string[], values: Values = {}): Promise<string> {
    return this.#cluster.client(
      program('helm'),
      [...args, '--namespace=kube-system'],
      JSON.stringify(values),
    );
  }
}
