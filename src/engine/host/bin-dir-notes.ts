// Whether the bin dir that is filled is one in which the runtime of this node looks for plugins.

import { lookedForElsewhere } from '../../checks/node/bin-dir.ts';
import { seeHostMounts, seePlaceOnHost } from '../../facts/bin-dir-sight.ts';
import { seePluginReaders } from '../../facts/host/plugin-dirs.ts';
import type { Finding } from '../../failure/finding.ts';

/** A warning where it is not; silence where that can't be seen from here. */
export async function binDirNotes(binDir: string, hostProc: string): Promise<readonly Finding[]> {
  const { hostPath } = seePlaceOnHost(binDir, seeHostMounts(hostProc), '/proc');
  if (!hostPath.seen) return [];
  const readers = await seePluginReaders(hostProc);
  if (!readers.seen) return [];
  const own = { path: binDir, hostPath: hostPath.value };
  const elsewhere = readers.value.map(({ name, dirs }) => lookedForElsewhere({ name, dirs }, own));
  const [first] = elsewhere;
  if (first === undefined || elsewhere.includes(undefined)) return [];
  return [{ code: 'bin-dir-not-runtimes', message: first.message, hint: first.remedy }];
}
