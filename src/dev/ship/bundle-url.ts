// Stands in for import.meta.url in the CommonJS bundle, for packages that ask where they are.

import { pathToFileURL } from 'node:url';

/** Dropped from files that have no such package. */
export const bundleUrl = /* @__PURE__ */ (() => pathToFileURL(__filename).href)();
