// Checks of the CNI configurations of the node: there, and such that a runtime can use them. Pure.

import type { CniConf } from '../../facts/cni-conf.ts';
import { type Check, type Checks, finding, noneOf, ok, whereSeen } from '../check.ts';
import type { ConfId } from '../ids.ts';
import { bridgeAddress } from './bridge-address.ts';

const confAbsent: Check = {
  severity: 'error',
  means:
    'the node has no CNI configuration: the runtime says "cni plugin not initialized", and no pod starts',
  judge: ({ conf }) =>
    whereSeen(conf, ({ files, path }) =>
      files.length > 0
        ? ok
        : finding({
            message: `${path} has no CNI configuration`,
            remedy: "see the pod of the cluster's network provider on this node: it writes the first one",
          }),
    ),
};

/** Multus' own is `multus-conf-unreadable`. */
const confInvalid: Check = {
  severity: 'error',
  means: 'a CNI configuration of the node cannot be used: no JSON, or without what the CNI library asks for',
  judge: ({ conf }) =>
    whereSeen(conf, ({ files }) =>
      noneOf(unusableOf(files, false), (found) => ({
        message: `${found[0].file} can't be used: ${found[0].because}`,
        remedy: `correct ${found[0].file}, or move it out of the conf dir`,
        evidence: found.map(({ file, because }) => `${file}: ${because}`),
      })),
    ),
};

export function unusableOf(
  files: readonly CniConf[],
  ofMultus: boolean,
): readonly (CniConf & { usable: false })[] {
  return files.filter(
    (file): file is CniConf & { usable: false } => !file.usable && file.isOfMultus === ofMultus,
  );
}

export const confChecks: Checks<ConfId> = {
  'cni-conf-absent': confAbsent,
  'cni-conf-invalid': confInvalid,
  'bridge-address-differs': bridgeAddress,
};
