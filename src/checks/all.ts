// Every check there is: the one table that the verb, its pages and its tests go by.

import { binDirChecks } from './node/bin-dir.ts';
import type { Checks } from './check.ts';
import { confChecks } from './networking/cni-conf.ts';
import { dhcpChecks } from './networking/dhcp.ts';
import { distributionChecks } from './node/distribution.ts';
import type { CheckId } from './ids.ts';
import { ipamChecks } from './networking/ipam.ts';
import { kernelChecks } from './node/kernel.ts';
import { mountChecks } from './node/mounts.ts';
import { multusChecks } from './networking/multus.ts';
import { nadChecks } from './networking/nads.ts';
import { pluginChecks } from './node/plugins.ts';
import { recordChecks } from './node/record.ts';
import { statusChecks } from './networking/plugin-status.ts';
import { releaseChecks, specChecks } from './release.ts';

/** In the order in which causes come before what follows from them. */
export const allChecks: Checks<CheckId> = {
  ...binDirChecks,
  ...mountChecks,
  ...pluginChecks,
  ...recordChecks,
  ...kernelChecks,
  ...confChecks,
  ...specChecks,
  ...statusChecks,
  ...multusChecks,
  ...dhcpChecks,
  ...nadChecks,
  ...ipamChecks,
  ...releaseChecks,
  ...distributionChecks,
};

export const checkIds = Object.keys(allChecks) as readonly CheckId[];
