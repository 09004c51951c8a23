// Names of upstream releases: one spelling, one order.

/**
 * Three numbers without leading zeros, optionally a pre-release or a rebuild suffix (`-rc1`, `-gke.2`).
 * Anything else (slashes, dots, `+`) stays out, because a version becomes part of URLs and paths.
 */
const pattern =
  /^v?((?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})(?:-[0-9A-Za-z]+(?:[.-][0-9A-Za-z]+)*)?)$/;

/** `1.9.1` or `v1.9.1`, surrounding space allowed → `v1.9.1`, upstream's tag; undefined for anything else. */
export function parseVersion(text: string): string | undefined {
  const digits = pattern.exec(text.trim())?.[1];
  return digits === undefined ? undefined : `v${digits}`;
}

/**
 * Order of two versions as `parseVersion` returns them: negative when `a` is older.
 * A version with a suffix comes before the one without (semver 2.0, 11); suffixes compare with their numbers as numbers.
 */
export function compareVersions(a: string, b: string): number {
  const [coreA, suffixA] = split(a);
  const [coreB, suffixB] = split(b);
  return compareCores(coreA, coreB) || compareSuffixes(suffixA, suffixB);
}

function split(version: string): [core: string, suffix: string] {
  const dash = version.indexOf('-');
  return dash < 0 ? [version, ''] : [version.slice(0, dash), version.slice(dash + 1)];
}

function compareCores(a: string, b: string): number {
  const numbersB = coreNumbers(b);
  const differences = coreNumbers(a).map((number, place) => number - (numbersB[place] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

function coreNumbers(core: string): number[] {
  return core.replace(/^v/, '').split('.').map(Number);
}

function compareSuffixes(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return 1;
  if (b === '') return -1;
  return a.localeCompare(b, 'en', { numeric: true });
}
