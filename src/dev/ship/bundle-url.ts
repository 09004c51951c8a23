// Stands in for import.meta.url in the CommonJS bundle, for packages that ask where they are.

import { pathToFileURL } from 'node:url';

export const bundleUrl = pathToFileURL(__filename).href;
