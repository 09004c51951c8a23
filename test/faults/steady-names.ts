// Preloaded into the installer under test: the same run gives the same temporary names each time, so that a trace of one
// run says where to strike in the next. Only in a run that is going to be struck; a real one never uses a name twice.

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

let given = 0;

crypto.randomUUID = () => {
  given += 1;
  return `00000000-0000-4000-8000-${String(given).padStart(12, '0')}`;
};
syncBuiltinESMExports();
