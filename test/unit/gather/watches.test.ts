// How many watches are asked at once, and that one which fails keeps nobody else from being asked.

import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readClusterObjects } from '../../../src/cluster/kubectl.ts';
import type { PodView } from '../../../src/cluster/objects.ts';
import type { AskedServer } from '../../../src/gather/asked-server.ts';
import { askWatches } from '../../../src/gather/watches.ts';
import { listJson } from '../../support/fleet/cluster-json.ts';

function watches(count: number): readonly PodView[] {
  const pods = Array.from({ length: count }, (_, place) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `watch-${place}`, namespace: 'kube-system', labels: { app: 'cni-plugins-watch' } },
    spec: { nodeName: `n${place}`, containers: [{ name: 'watch', image: 'x' }] },
  }));
  return readClusterObjects(Buffer.from(listJson(pods))).pods;
}

it('twenty are asked at a time, and each of them once', async () => {
  let [now, most] = [0, 0];
  const asked: string[] = [];
  const get: AskedServer['get'] = async (path) => {
    asked.push(path);
    now += 1;
    most = Math.max(most, now);
    await setImmediate();
    now -= 1;
    if (path.includes('watch-7:')) throw new Error('no route to host');
    return { status: 200, body: Buffer.from('{}') };
  };
  const api = { name: '', get, [Symbol.asyncDispose]: async () => undefined };
  const shown: string[] = [];
  const answers = await askWatches(api, watches(99), {
    signal: new AbortController().signal,
    show: (line) => shown.push(line),
  });

  expect([most, new Set(asked).size, asked.length, answers.size]).toEqual([20, 99, 99, 99]);
  expect(answers.get('n7')).toEqual({ how: 'silent', why: 'no route to host', pod: 'kube-system/watch-7' });
  expect(shown.at(-1)).toBe('asking watches: 99 of 99');
});
