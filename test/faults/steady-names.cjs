// Preloaded into the installer under test: the same run gives the same temporary names each time, so that a trace of one
// run says where to strike in the next. Only in a run that is going to be struck; a real one never uses a name twice.
//
// CommonJS without types: the preload is read at each of a thousand starts, and Node takes longer to load what strips
// types than it takes to start.

'use strict';

const crypto = require('node:crypto');

let given = 0;

crypto.randomUUID = () => {
  given += 1;
  return `00000000-0000-4000-8000-${String(given).padStart(12, '0')}`;
};
