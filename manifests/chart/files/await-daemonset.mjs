// Ends when the DaemonSet named by DAEMONSET (namespace/name) is ready on every node where it should run.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { DAEMONSET, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const tokenFile = process.env.TOKEN_FILE ?? '/var/run/secrets/kubernetes.io/serviceaccount/token';
const [namespace, name] = DAEMONSET.split('/');
const address = host.includes(':') ? `[${host}]` : host;
const url = `https://${address}:${port}/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`;

async function progress() {
  const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
  const { metadata, status } = await answer.json();
  const wanted = status.observedGeneration === metadata.generation ? status.desiredNumberScheduled : undefined;
  return { ready: status.numberReady, wanted };
}

for (let said = ''; ; await sleep(2000)) {
  const { ready, wanted } = await progress().catch((error) => ({ problem: error, ready: 0 }));
  const line = wanted === undefined ? 'not scheduled yet' : `${ready} of ${wanted} nodes are done`;
  if (line !== said) console.log(line);
  said = line;
  if (ready === wanted) break;
}
