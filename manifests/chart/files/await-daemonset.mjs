// Ends well when the DaemonSet named by DAEMONSET (namespace/name) is ready on every node where it should run; ends with 1,
// and the names of the nodes that it waited for, after WITHIN_SECONDS.
import { setTimeout as sleep } from 'node:timers/promises';
import { pendingPods, progressOf, whatIsWith } from './cluster.mjs';

const namedAtOnce = 10;
const [namespace, name] = process.env.DAEMONSET.split('/');
const withinMs = Number(process.env.WITHIN_SECONDS) * 1000;

async function look() {
  const { ready, wanted } = await progressOf(namespace, name);
  if (wanted === undefined) return { done: false, line: 'not scheduled yet' };
  const line = `${ready} of ${wanted} nodes are ${process.env.WORD}`;
  if (ready === wanted) return { done: true, line };
  const pods = await pendingPods(namespace, name, namedAtOnce);
  const more = Math.max(0, wanted - ready - pods.length);
  const named = [...pods.map(whatIsWith), ...(more > 0 ? [`${more} more`] : [])];
  return { done: false, line: `${line}; waiting for ${named.join(', ')}` };
}

const began = performance.now();
for (let said = ''; ; await sleep(2000)) {
  const { done, line } = await look().catch((error) => ({ done: false, line: `no answer: ${error.message}` }));
  if (line !== said) console.log(line);
  said = line;
  if (done) break;
  if (performance.now() - began < withinMs) continue;
  console.log(`gave up after ${process.env.WITHIN_SECONDS} s`);
  process.exitCode = 1;
  break;
}
