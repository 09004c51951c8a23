// Makes the one file that ships and that tests of the command line run.

import { build } from 'esbuild';

await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/cni-plugins-installer.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22.12',
  legalComments: 'linked',
  // Some packages are CommonJS inside and ask for a require that an ES module does not have.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
});
