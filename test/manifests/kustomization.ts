// Builds kustomizations of the project with upstream's manifests from disk in the place of their address.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Objects, objectsIn } from './objects.ts';
import { inScratch, manifest, templateText } from './render.ts';
import { missingOf, run, type Tool, toolsDir } from '../support/built-tools.ts';
import { project } from '../support/project.ts';

export type Mode = 'thin' | 'thick';

const fileOf: Readonly<Record<Mode, string>> = {
  thin: 'multus-daemonset.yml',
  thick: 'multus-daemonset-thick.yml',
};

const address = /https:\/\/raw\.githubusercontent\.com\/\S+\/(multus-daemonset(?:-thick)?\.yml)/g;

/** What can stand below our components: a text for thin, and one for thick. */
export interface Base {
  readonly name: string;
  readonly missing?: string;
  text(mode: Mode): string;
}

/** Third-party text: it is read where test/setup/tools.sh has put it, and is no part of the project. */
const upstream: Base = {
  name: "upstream's own manifest",
  ...(existsSync(join(toolsDir, fileOf.thick))
    ? {}
    : { missing: "upstream's manifests (test/setup/tools.sh gets them)" }),
  text: (mode) => readFileSync(join(toolsDir, fileOf[mode]), 'utf8'),
};

/** The chart without our part, with the propagation and the names that upstream has. */
const multusAlone: Base = {
  name: 'a manifest without ours',
  ...withoutUndefined({ missing: missingOf(['helm']) }),
  text: (mode) => templateText({ mode, cniPlugins: { enabled: false }, mountPropagation: { mode: 'off' } }, ['--no-hooks']),
};

const ownManifest: Base = { name: 'our own manifest', text: (mode) => manifest(fileOf[mode]) };

export const bases: readonly Base[] = [upstream, multusAlone, ownManifest];

function withoutUndefined(given: { readonly missing: string | undefined }): { readonly missing?: string } {
  return given.missing === undefined ? {} : { missing: given.missing };
}

export interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly [field: string]: unknown;
}

/** Our components over a base: `install` is `components/install`. */
export function withComponents(
  base: string,
  components: readonly string[],
  more: Kustomization = {},
  tool: Tool = 'kustomize',
): Objects {
  return inScratch((scratch) => {
    cpSync(join(project, 'manifests/kustomize'), scratch, { recursive: true });
    const directory = join(scratch, 'test');
    mkdirSync(directory);
    writeFileSync(join(directory, 'base.yml'), base);
    writeKustomization(directory, {
      resources: ['base.yml'],
      components: components.map((name) => `../components/${name}`),
      ...more,
    });
    return build(directory, tool);
  });
}

/** Components over a base, each list of them in a layer of its own above the one before; the first has this namespace. */
export function withLayers(
  base: string,
  namespace: string,
  layers: readonly (readonly string[])[],
): Objects {
  return inScratch((scratch) => {
    cpSync(join(project, 'manifests/kustomize'), scratch, { recursive: true });
    for (const [index, names] of layers.entries()) {
      const directory = join(scratch, `layer${index}`);
      mkdirSync(directory);
      if (index === 0) writeFileSync(join(directory, 'base.yml'), base);
      writeKustomization(directory, {
        ...(index === 0 ? { resources: ['base.yml'], namespace } : { resources: [`../layer${index - 1}`] }),
        components: names.map((name) => `../components/${name}`),
      });
    }
    return build(join(scratch, `layer${layers.length - 1}`), 'kustomize');
  });
}

/** An overlay as it is shipped, over these bases. */
export function overlay(name: string, base: Base): Objects {
  return inScratch((scratch) => {
    cpSync(join(project, 'manifests/kustomize'), scratch, { recursive: true });
    const directory = join(scratch, 'overlays', name);
    for (const file of kustomizationsBelow(join(scratch, 'overlays'))) takeFromDisk(file, base);
    return build(directory, 'kustomize');
  });
}

export const overlays = readdirSync(join(project, 'manifests/kustomize/overlays'));
export const components = readdirSync(join(project, 'manifests/kustomize/components'));

function kustomizationsBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('kustomization.yaml'))
    .map((name) => join(directory, name));
}

function takeFromDisk(file: string, base: Base): void {
  const text = readFileSync(file, 'utf8').replace(address, (_, name: string) => {
    const mode = name === fileOf.thin ? 'thin' : 'thick';
    writeFileSync(join(file, '..', name), base.text(mode));
    return name;
  });
  writeFileSync(file, text);
}

export function writeKustomization(directory: string, kustomization: Kustomization): void {
  const heading = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
  writeFileSync(join(directory, 'kustomization.yaml'), stringify({ ...heading, ...kustomization }));
}

export function build(directory: string, tool: Tool): Objects {
  return objectsIn(run(tool, tool === 'kubectl' ? ['kustomize', directory] : ['build', directory]));
}
