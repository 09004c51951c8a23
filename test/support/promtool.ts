// What Prometheus' own tool thinks of a page of metrics.

import { spawnSync } from 'node:child_process';

/** The empty string where it has nothing to say. */
export function judged(metrics: string): string {
  const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
    input: metrics,
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${stdout}${stderr}`;
}
