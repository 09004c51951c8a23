// Proves that what `kubectl describe pod` shows is one short line that people understand, whatever happened.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import {
  archives,
  binDir,
  bootInstallerNode,
  installer,
  runInstaller,
} from '../support/node/installer-container.ts';

const longest = 2048;

describeOnNode('the termination message', () => {
  let node: ThrowawayNode;

  beforeAll(async () => {
    node = await bootInstallerNode();
  });

  afterAll(() => node.stop());

  it.each([
    { what: 'success', env: { CNI_PLUGINS: 'all' }, exitCode: 0, outcome: 'installed' },
    { what: 'a wrong digest', env: { CNI_PLUGINS_SHA256: '0'.repeat(64) }, exitCode: 4, outcome: 'failed' },
    {
      what: 'a very long mistake',
      env: { CNI_PLUGINS: `bridge,${'x'.repeat(63)},${'y'.repeat(5000)}` },
      exitCode: 2,
      outcome: 'failed',
    },
  ])('is one line of JSON that begins with a sentence, after $what', async ({ env, exitCode, outcome }) => {
    const run = await runInstaller(node, installer({ env, mounts: [binDir, archives] }));

    const message = run.terminationMessage ?? '';
    expect(run).toMatchObject({ exitCode, report: { outcome } });
    expect(message.trimEnd()).not.toContain('\n');
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(longest);
    expect(message).toMatch(/^\{"summary":"[A-Z][^"]+"/);
  });
});
