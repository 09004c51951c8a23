// The architecture of the machine that the tests run on.

import { type Arch, archFromNode } from '../../src/lib/architecture.ts';

function archOfThisMachine(): Arch {
  const arch = archFromNode(process.arch);
  if (arch === undefined) throw new Error(`upstream has no plugins for ${process.arch}`);
  return arch;
}

/** Go's name of it. */
export const ownArch = archOfThisMachine();
