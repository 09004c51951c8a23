// What the image says of itself, by OCI's annotation keys, and where that is known from.

import { run } from './command.ts';
import { readProduct } from './lock-file.ts';

export interface Provenance {
  /** RFC 3339: the commit's time, never the build's. */
  readonly created: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What differs between two commits of the same content would make them two images: just these few labels. */
export function provenanceOf(project: string, base: string): Provenance {
  const { name, version, description, license } = readProduct(project);
  const created = new Date(sourceDateEpoch(project) * 1000).toISOString().replace('.000Z', 'Z');
  const source = process.env['IMAGE_SOURCE'];
  const facts = {
    'base.name': base,
    created,
    description,
    licenses: license,
    revision: revision(project),
    ...(source ? { source, url: source } : {}),
    title: name,
    version,
  };
  const labels = Object.entries(facts).map(([key, value]) => [`org.opencontainers.image.${key}`, value]);
  return { created, labels: Object.fromEntries(labels) as Record<string, string> };
}

/** https://reproducible-builds.org/specs/source-date-epoch/ */
function sourceDateEpoch(project: string): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  return Number(given || run('git', ['log', '-1', '--format=%ct'], { cwd: project }));
}

function revision(project: string): string {
  if (process.env['IMAGE_REVISION']) return process.env['IMAGE_REVISION'];
  const inputs = ['src', 'image', 'package.json', 'package-lock.json'];
  const changes = run('git', ['status', '--porcelain', '--', ...inputs], { cwd: project });
  const commit = run('git', ['rev-parse', 'HEAD'], { cwd: project }).trim();
  return changes === '' ? commit : `${commit}-dirty`;
}
