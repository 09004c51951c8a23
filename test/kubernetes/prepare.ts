// Builds our image once for all stories, where there will be any.

import type { TestProject } from 'vitest/node';
import type { Image } from '../throwaway-node/images.ts';
import { makeImage } from './cluster/make-image.ts';
import { missingForClusters } from './cluster/cluster-requirements.ts';

declare module 'vitest' {
  interface ProvidedContext {
    installerImage: Image;
  }
}

export default function prepare(project: TestProject): void {
  if (missingForClusters().length === 0) project.provide('installerImage', makeImage());
}
