// Ends well when the DaemonSet named by DAEMONSET (namespace/name), whose pods are labelled `name: LABEL`, is ready on every
// node where it should run; WORD says what its nodes are then. After WITHIN_SECONDS it ends with the names of the nodes that
// it waited for, and with 1, unless SETTLE_SECONDS is given: then it ends well in any case, and that much later.
import { setTimeout as sleep } from 'node:timers/promises';
import { pendingPods, progressOf, whatIsWith } from './cluster.mjs';

const namedAtOnce = 10;
const [namespace, name] = process.env.DAEMONSET.split('/');
const { LABEL: label, WORD: word, WITHIN_SECONDS: within, SETTLE_SECONDS: settle } = process.env;

async function look() {
  const { ready, wanted } = await progressOf(namespace, name);
  if (wanted === undefined) return { done: false, line: 'not scheduled yet' };
  const line = `${ready} of ${wanted} nodes are ${word}`;
  if (ready === wanted) return { done: true, line };
  const pods = await pendingPods(namespace, label, namedAtOnce);
  const more = Math.max(0, wanted - ready - pods.length);
  const named = [...pods.map(whatIsWith), ...(more > 0 ? [`${more} more`] : [])];
  return { done: false, line: `${line}; waiting for ${named.join(', ')}` };
}

const began = performance.now();
for (let said = ''; ; await sleep(2000)) {
  const { done, line } = await look().catch((error) => ({ done: false, line: `no answer: ${error.cause?.message ?? error.message}` }));
  if (line !== said) console.log(line);
  said = line;
  if (done) break;
  if (performance.now() - began < Number(within) * 1000) continue;
  console.log(`gave up after ${within} s`);
  process.exitCode = settle === undefined ? 1 : 0;
  break;
}
await sleep(Number(settle ?? 0) * 1000);
