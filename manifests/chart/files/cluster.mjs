// Asks the API server of the cluster that this pod runs in: how far a DaemonSet is, and what its pods wait for.
import { readFileSync } from 'node:fs';

const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port } = process.env;
const tokenFile = process.env.TOKEN_FILE ?? '/var/run/secrets/kubernetes.io/serviceaccount/token';
const address = host.includes(':') ? `[${host}]` : host;

async function ask(path) {
  const url = `https://${address}:${port}${path}`;
  // Read each time: a token is replaced while the pod runs.
  const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
  return answer.json();
}

/** On how many nodes it should run, and does; `wanted` is undefined while its controller has not looked at it. */
export async function progressOf(namespace, name) {
  const { metadata, status } = await ask(`/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`);
  const wanted = status.observedGeneration === metadata.generation ? status.desiredNumberScheduled : undefined;
  return { ready: status.numberReady, wanted };
}

/** The pods labelled `name: NAME` that do not run yet; the first few only, however large the cluster. */
export async function pendingPods(namespace, name, limit) {
  const selectors = `labelSelector=name%3D${name}&fieldSelector=status.phase%21%3DRunning&limit=${limit}`;
  const { items } = await ask(`/api/v1/namespaces/${namespace}/pods?${selectors}`);
  return items;
}

/** `NODE (what it waits for)`. */
export function whatIsWith(pod) {
  return `${nodeOf(pod)} (${reasonOf(pod)})`;
}

/** A pod of a DaemonSet names its node also before the scheduler has bound it. */
export function nodeOf({ spec }) {
  const [term] = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return spec.nodeName ?? term?.matchFields?.[0]?.values?.[0] ?? 'a node without a name';
}

function reasonOf({ status, spec }) {
  const unscheduled = status.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unscheduled !== undefined) return unscheduled.message;
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  if (statuses.length === 0 && spec.nodeName !== undefined) return 'its kubelet does not answer';
  return statuses.map(troubleOf).find((trouble) => trouble !== undefined) ?? 'it is about to start';
}

/** What a container ended with last goes before what it waits for now, which is only to be started again. */
function troubleOf({ name, state, lastState }) {
  const end = state.terminated ?? lastState?.terminated;
  if (end !== undefined && end.exitCode !== 0) return `${name}: exit status ${end.exitCode}: ${summaryOf(end)}`;
  return state.waiting?.reason === undefined ? undefined : `${name}: ${state.waiting.reason}`;
}

/** The sentence of our own report; of anything else the first line. */
export function summaryOf({ message = '', reason = '' }) {
  try {
    return JSON.parse(message).summary;
  } catch {
    return message.trim().split('\n')[0] || reason;
  }
}
