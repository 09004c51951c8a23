// Makes the software bill of materials of one platform's image: CycloneDX, from npm's own list and our components.

import { run } from './command.ts';
import { type Component, sha256Of } from './components.ts';

export interface SbomSubject {
  readonly project: string;
  readonly components: readonly Component[];
  /** RFC 3339 */
  readonly created: string;
  /** Of the image of this platform, `sha256:…`. */
  readonly digest: string;
}

interface Sbom {
  readonly $schema: string;
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Record<string, unknown> };
  readonly components: readonly (Record<string, unknown> & { readonly purl: string })[];
}

/** Its serial number follows from its content, and its time is the commit's: the same image has the same bytes. */
export function sbomOf({ project, components, created, digest }: SbomSubject): string {
  const { $schema, bomFormat, specVersion, metadata, components: known } = npmSbom(project);
  // npm knows what is installed: more than the bundle took code of, and yet (seen with 11.19) not three of yargs' packages.
  const bundled = new Set(components.map(({ purl }) => purl));
  const ofNpm = known.filter(({ purl }) => bundled.has(purl));
  const listed = new Set(ofNpm.map(({ purl }) => purl));
  const others = components.filter(({ kind, purl }) => kind !== 'product' && !listed.has(purl));
  const content = {
    $schema,
    bomFormat,
    specVersion,
    version: 1,
    metadata: { timestamp: created, component: { ...metadata.component, ...identityOf(components, digest) } },
    components: [...ofNpm, ...others.map(entryOf)],
  };
  return `${JSON.stringify({ ...content, serialNumber: serialNumberOf(JSON.stringify(content)) }, undefined, 2)}\n`;
}

/** npm knows the packages, their integrity, licences and links best. */
function npmSbom(project: string): Sbom {
  const scope = ['--omit=dev', '--omit=optional', '--package-lock-only'];
  return JSON.parse(run('npm', ['sbom', '--sbom-format=cyclonedx', ...scope], { cwd: project })) as Sbom;
}

/** npm would take the name of the folder. */
function identityOf(components: readonly Component[], digest: string): Record<string, unknown> {
  const product = components.find(({ kind }) => kind === 'product');
  return {
    type: 'container',
    name: product?.name,
    hashes: [{ alg: 'SHA-256', content: digest.replace('sha256:', '') }],
  };
}

function entryOf({ name, version, license, purl, cpe, source, kind }: Component): Record<string, unknown> {
  return {
    'bom-ref': purl,
    type: kind === 'deb' || kind === 'npm' ? 'library' : 'application',
    name,
    version,
    purl,
    ...(cpe === undefined ? {} : { cpe }),
    licenses: [/ /.test(license) ? { expression: license } : { license: { id: license } }],
    externalReferences: [{ type: 'distribution', url: source }],
  };
}

function serialNumberOf(content: string): string {
  const hex = sha256Of(Buffer.from(content));
  // A version 8 UUID: 122 bits of our own choice.
  const [a, b, c, d, e] = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(13, 16),
    hex.slice(17, 20),
    hex.slice(20, 32),
  ];
  return `urn:uuid:${a}-${b}-8${c}-8${d}-${e}`;
}
