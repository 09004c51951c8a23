// Which CNI spec a version of the CNI library knows: what the catalog has of the runtimes that are built with it. Pure.

import { containerRuntimes } from '../compatibility.ts';
import { compareVersions } from '../version.ts';

/** `1.1.2`, also with a `v`; the newest that it reads. Undefined for a library older than any that is known. */
export function specOfLibcni(libcni: string): string | undefined {
  const wanted = libcni.replace(/^v/, '');
  const older = knownRuntimeSpecs().filter(({ from }) => compareVersions(from, wanted) <= 0);
  return older.at(-1)?.spec;
}

/** Oldest first. The catalog has one version or a range, `1.0.1 to 1.1.2`. */
function knownRuntimeSpecs(): { readonly from: string; readonly spec: string }[] {
  return containerRuntimes()
    .map(({ libcni, specVersion }) => ({ from: libcni.split(' ')[0] ?? libcni, spec: specVersion }))
    .toSorted((a, b) => compareVersions(a.from, b.from));
}
