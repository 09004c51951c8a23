// Whether the runtime calls Multus: without that a pod gets the cluster's own network, and no second one.

import { seeConfDir } from '../../facts/conf-dir.ts';

/** Undefined where nobody wants to know. */
export type MultusSight = { readonly called: boolean; readonly instead: string | undefined } | undefined;

/** Runtimes take the first configuration by name; Multus writes its own once it serves, and takes it along when it ends. */
export function seeMultus(confDir: string | undefined): MultusSight {
  if (confDir === undefined) return undefined;
  const sight = seeConfDir(confDir);
  const [first] = sight.seen ? sight.value.files : [];
  return { called: first?.usable === true && first.isOfMultus, instead: first?.file };
}
