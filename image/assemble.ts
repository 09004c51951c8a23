// A program: lays out the root of the image, of a base that is there already. The Dockerfile runs it.
//
//   node image/assemble.ts [--arch ARCH] --runtime DIR --bundle DIR --cache DIR --output DIR
//
// Below the output: `platform` and `program`, the contents of the two layers. An empty ARCH is this machine's: not every
// builder tells the platform that it builds for when that is its own.

import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archFromNode } from '../src/lib/architecture.ts';
import { compileBusybox } from './busybox.ts';
import { pinnedNode } from './pinned-node.ts';
import { platformOf } from './platform.ts';
import { furnishPlatform, furnishProgram } from './root.ts';

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: '' },
    runtime: { type: 'string', default: '' },
    bundle: { type: 'string', default: 'dist' },
    cache: { type: 'string', default: 'build/image/cache' },
    output: { type: 'string', default: 'rootfs' },
  },
});
const project = join(import.meta.dirname, '..');
const platform = platformOf(values.arch || archFromNode(process.arch));
const cache = resolve(values.cache);
const ingredients = {
  project,
  platform,
  base: { runtime: values.runtime, busybox: compileBusybox(platform, cache) },
  node: pinnedNode(project, platform, cache),
  bundle: values.bundle,
};
furnishPlatform(join(values.output, 'platform'), ingredients);
furnishProgram(join(values.output, 'program'), ingredients);
