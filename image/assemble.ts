// A program: lays out the root of the image from parts that are there already. The Dockerfile runs it.
//
//   node image/assemble.ts [--arch ARCH] --runtime DIR --busybox DIR --bundle DIR --output DIR
//
// Below the output: `platform` and `program`, the contents of the two layers. An empty ARCH is this machine's: not every
// builder tells the platform that it builds for when that is its own.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pinnedNode } from './pinned-node.ts';
import { platformOf } from './platform.ts';
import { furnishPlatform, furnishProgram } from './root.ts';

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: '' },
    runtime: { type: 'string', default: '' },
    busybox: { type: 'string', default: '' },
    bundle: { type: 'string', default: 'dist' },
    output: { type: 'string', default: 'rootfs' },
  },
});
const project = join(import.meta.dirname, '..');
const platform = platformOf(values.arch || (process.arch === 'x64' ? 'amd64' : process.arch));
const ingredients = {
  project,
  platform,
  base: { runtime: values.runtime, busybox: values.busybox },
  node: pinnedNode(project, platform, tmpdir()),
  bundle: values.bundle,
};
furnishPlatform(join(values.output, 'platform'), ingredients);
furnishProgram(join(values.output, 'program'), ingredients);
