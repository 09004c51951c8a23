// What this process may do, and which security module holds it.

import { readFileSync } from 'node:fs';
import type { OwnFacts } from './node-facts.ts';
import { lookAt, mapSeen, type Seen, thenSeen, unseen } from './seen.ts';

export interface OwnPlaces {
  /** Our own procfs and sysfs. */
  readonly procPath: string;
  readonly sysPath: string;
}

export function seeOwn({ procPath, sysPath }: OwnPlaces, apiServer: string | undefined): OwnFacts {
  const status = lookAt(`${procPath}/self/status`, () => readFileSync(`${procPath}/self/status`, 'utf8'));
  const context = lookAt(`${procPath}/self/attr/current`, () =>
    readFileSync(`${procPath}/self/attr/current`, 'utf8').replaceAll('\0', '').trim(),
  );
  const enforce = `${sysPath}/fs/selinux/enforce`;
  return {
    capabilities: thenSeen(status, effectiveCapabilities),
    confinement: context,
    selinuxEnforces: mapSeen(
      lookAt(enforce, () => readFileSync(enforce, 'utf8')),
      (text) => text.trim() === '1',
    ),
    apiServer,
  };
}

function effectiveCapabilities(status: string): Seen<bigint> {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return mask === undefined
    ? unseen('procfs does not tell our capabilities')
    : { seen: true, value: BigInt(`0x${mask}`) };
}
