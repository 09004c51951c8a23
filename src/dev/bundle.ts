// Makes the one file that ships and that tests of the command line run.
//
// CommonJS, because there a module of Node's is loaded when the code that asks for it runs. In an ES module every import
// is hoisted to the top, and an idle start would load HTTP, TLS and zlib only to find that nothing has to be done.

import { chmodSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const [directory = 'dist'] = process.argv.slice(2);
const outfile = `${directory}/cni-plugins-installer.js`;

await build({
  entryPoints: ['src/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22.12',
  // Half the text to parse at each start; names stay, for stacks and for error classes.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  banner: { js: '#!/usr/bin/env node' },
  define: { 'import.meta.url': 'bundleUrl' },
  inject: ['src/dev/bundle-url.ts'],
});
chmodSync(outfile, 0o755);
writeFileSync(`${directory}/package.json`, '{"type":"commonjs"}\n');
