// Which tests there are, and how long one may take. A test that really boots a node needs longer than a pure one.

import { defineConfig } from 'vitest/config';

/** Tests that start many programs of their own get the machine for themselves, one file at a time. */
const alone = { fileParallelism: false } as const;

/** Tests that wait for nodes, clusters and processes more than for a processor. */
const inPairs = { maxWorkers: 2 } as const;

/** A test that asserts nothing proves nothing, though it passes. */
const expect = { requireAssertions: true } as const;

export default defineConfig({
  test: {
    projects: [
      project(
        'unit',
        ['test/*.test.ts', 'test/unit/**/*.test.ts', 'test/docs/**/*.test.ts', 'test/transport/**/*.test.ts'],
        30,
      ),
      project('cli', ['test/cli/**/*.test.ts'], 120, inPairs),
      project('faults', ['test/faults/**/*.test.ts'], 600, inPairs),
      project('node', ['test/node/**/*.test.ts'], 180, inPairs),
      project('soak', ['test/soak/**/*.test.ts'], 180, alone),
      project('image', ['test/image/**/*.test.ts'], 300, alone),
      project('manifests', ['test/manifests/**/*.test.ts'], 180, inPairs),
      project('repository', ['test/repository/**/*.test.ts'], 120, inPairs),
      project('power-cord', ['test/machines/{boot,power-cord}.test.ts'], 900, alone),
      project(
        'machines',
        ['test/machines/{arm64,file-systems,kubernetes-node,selinux,systemd-node}.test.ts'],
        900,
        alone,
      ),
      project('containerd-2', ['test/containerd-2/**/*.test.ts'], 180, inPairs),
      project('kubernetes', ['test/kubernetes/**/*.test.ts'], 900, {
        ...inPairs,
        globalSetup: 'test/kubernetes/prepare.ts',
      }),
    ],
  },
});

function project(
  name: string,
  include: string[],
  seconds: number,
  more: Partial<typeof alone & typeof inPairs & { globalSetup: string }> = {},
) {
  const timeoutMs = seconds * 1000;
  return {
    test: {
      name,
      include,
      testTimeout: timeoutMs,
      hookTimeout: Math.max(timeoutMs, 120_000),
      expect,
      ...more,
    },
  };
}
