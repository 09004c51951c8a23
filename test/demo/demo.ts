// `make demo`: the main job before your eyes. Exit status 0 means that everything it told has really happened.

import { current } from '../support/node/installer-container.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { missingRequirements } from '../throwaway-node/node-requirements.ts';
import { demonstrateInDirectory } from './in-directory.ts';
import { failure } from './narration.ts';
import { demonstrateOnNode } from './on-node.ts';

async function demonstrate(): Promise<void> {
  const archive = pluginsArchive(current);
  const missing = missingRequirements();
  if (missing.length === 0) await demonstrateOnNode(archive);
  else demonstrateInDirectory(archive, missing);
}

try {
  await demonstrate();
} catch (error) {
  failure(error);
  process.exitCode = 1;
}
