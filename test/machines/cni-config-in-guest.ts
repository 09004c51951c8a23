// A program that runs inside a machine: says what the container runtime there has loaded of its CNI configuration.

import { Cri } from '../throwaway-node/cri.ts';

async function main(): Promise<void> {
  const cri = new Cri('/');
  process.stdout.write(await cri.loadedCniConfig());
  cri.close();
}

void main();
