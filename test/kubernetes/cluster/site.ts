// An operator's directory: a kustomization of our components over upstream's manifest, and what is to be attached.

import { cp, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { wishFor } from '../../support/node/installer-container.ts';
import type { PluginsArchive } from '../../support/node/plugins-archive.ts';
import type { Cluster } from './cluster.ts';
import { type Mode, upstreamManifest } from './programs.ts';

const kustomizeDir = join(import.meta.dirname, '../../../manifests/kustomize');

export interface Site {
  readonly mode: Mode;
  /** Of `manifests/kustomize/components`. */
  readonly components: readonly string[];
  readonly archive: PluginsArchive;
  /** Where the archive is had from. */
  readonly mirror: string;
  /** Objects by the names of further files. */
  readonly files: Readonly<Record<string, readonly unknown[]>>;
}

export interface SiteDirectory extends AsyncDisposable {
  /** Where `kubectl apply -k .` is said. */
  readonly path: string;
}

/** The caller disposes of it. */
export async function makeSite(site: Site): Promise<SiteDirectory> {
  const scratch = await mkdtempDisposable(join(tmpdir(), 'site-'));
  await cp(kustomizeDir, scratch.path, { recursive: true });
  const path = join(scratch.path, 'site');
  await mkdir(path);
  const upstream = `multus-daemonset${site.mode === 'thick' ? '-thick' : ''}.yml`;
  await writeFile(join(path, upstream), upstreamManifest(site.mode));
  const kustomization = {
    resources: [upstream],
    components: site.components.map((name) => `../components/${name}`),
    ...(site.components.includes('install') ? { patches: [{ path: 'mirror.yml' }] } : {}),
  };
  await writeFile(join(path, 'kustomization.yaml'), stringify(kustomization));
  await writeFile(join(path, 'mirror.yml'), stringify(ourEnvironment(site)));
  for (const [name, objects] of Object.entries(site.files)) {
    await writeFile(join(path, name), objects.map((object) => stringify(object)).join('---\n'));
  }
  return { path, [Symbol.asyncDispose]: () => scratch.remove() };
}

/** Applies the kustomization of such a directory, as it is then. */
export async function applySite(cluster: Cluster, site: Omit<Site, 'files'>): Promise<void> {
  await using directory = await makeSite({ ...site, files: {} });
  await cluster.kubectl('apply', '--kustomize', directory.path);
}

/** A patch: a mirror in this cluster's network, and the digest of what it serves, which need not be upstream's own build. */
function ourEnvironment({ archive, mirror }: Site): unknown {
  const variables = { ...wishFor(archive), CNI_PLUGINS_MIRRORS: mirror };
  const env = Object.entries(variables).map(([name, value]) => ({ name, value }));
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kube-multus-ds', namespace: 'kube-system' },
    spec: { template: { spec: { initContainers: [{ name: 'install-cni-plugins', env }] } } },
  };
}
