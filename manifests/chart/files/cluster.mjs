// Asks the API server of the cluster that this pod runs in: how far a DaemonSet is, what its pods came to or wait for, Nodes.
import { readFileSync } from 'node:fs';

const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port } = process.env;
const tokenFile = process.env.TOKEN_FILE ?? '/var/run/secrets/kubernetes.io/serviceaccount/token';
const address = host.includes(':') ? `[${host}]` : host;
const pageSize = 250;

async function ask(path, { headers = {}, ...more } = {}) {
  const url = `https://${address}:${port}${path}`;
  // Read each time: a token is replaced while the pod runs.
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
  const answer = await fetch(url, { headers: { authorization, ...headers }, ...more, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
  return answer.json();
}

/** Patches what is at the path; the kind of patch is `json` or `strategic-merge`. */
export async function change(path, kind, patch) {
  const headers = { 'content-type': `application/${kind}-patch+json` };
  await ask(path, { method: 'PATCH', headers, body: JSON.stringify(patch) });
}

/** All Nodes, or the one of that name, a page at a time. */
export async function* nodes(name) {
  const selector = name === undefined ? '' : `fieldSelector=metadata.name%3D${name}&`;
  let next = '';
  do {
    const { items, metadata } = await ask(`/api/v1/nodes?${selector}limit=${pageSize}&continue=${encodeURIComponent(next)}`);
    yield* items;
    next = metadata.continue ?? '';
  } while (next !== '');
}

/** On how many nodes it should run, and does; `wanted` is undefined while its controller has not looked at it. */
export async function progressOf(namespace, name) {
  const { metadata, status } = await ask(`/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`);
  const wanted = status.observedGeneration === metadata.generation ? status.desiredNumberScheduled : undefined;
  // A node's pod of an earlier template counts as ready, but not as updated.
  return { ready: Math.min(status.numberReady, status.updatedNumberScheduled ?? 0), wanted };
}

/** The pods labelled `name: NAME` that do not run yet; the first few only, however large the cluster. */
export async function pendingPods(namespace, name, limit) {
  const selectors = `labelSelector=name%3D${name}&fieldSelector=status.phase%21%3DRunning&limit=${limit}`;
  const { items } = await ask(`/api/v1/namespaces/${namespace}/pods?${selectors}`);
  return items;
}

/** The pods labelled `name: LABEL` that the DaemonSet has made and that are to stay, a page at a time. */
export async function* podsOf(namespace, daemonSet, label) {
  let next = '';
  do {
    const selectors = `labelSelector=name%3D${label}&limit=${pageSize}&continue=${encodeURIComponent(next)}`;
    const { items, metadata } = await ask(`/api/v1/namespaces/${namespace}/pods?${selectors}`);
    for (const pod of items) {
      const isIts = pod.metadata.ownerReferences?.some(({ kind, name }) => kind === 'DaemonSet' && name === daemonSet);
      if (isIts && pod.metadata.deletionTimestamp === undefined) yield pod;
    }
    next = metadata.continue ?? '';
  } while (next !== '');
}

/** What the cluster has to say about a pod that does not come up; undefined where it says nothing. */
export async function warningOn(namespace, pod) {
  const selectors = `fieldSelector=type%3DWarning%2CinvolvedObject.name%3D${pod}`;
  const { items } = await ask(`/api/v1/namespaces/${namespace}/events?${selectors}`);
  return items.at(-1)?.message;
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

export function reasonOf({ status, spec }) {
  const unscheduled = status.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unscheduled !== undefined) return unscheduled.message;
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  if (statuses.length === 0 && spec.nodeName !== undefined) return 'its kubelet does not answer';
  return statuses.map(troubleOf).find((trouble) => trouble !== undefined) ?? 'it is about to start';
}

/** What a container ended with last goes before what it waits for now, which is only to be started again. */
function troubleOf(status) {
  const end = lastEndOf(status);
  if (end !== undefined && end.exitCode !== 0) return `${status.name}: exit status ${end.exitCode}: ${sentenceIn(end)}`;
  const { reason, message } = status.state.waiting ?? {};
  if (reason === undefined) return undefined;
  return `${status.name}: ${reason}${message === undefined ? '' : `: ${message}`}`;
}

export function lastEndOf({ state, lastState }) {
  return state.terminated ?? lastState?.terminated;
}

/** Our own report; undefined for any other text. */
export function reportIn({ message = '' }) {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** The sentence of our own report, the findings of an audit, else the last line. */
function sentenceIn(end) {
  const { message = '', reason = '' } = end;
  const findings = [...message.matchAll(/^finding: (.*)$/gm)].map(([, finding]) => finding);
  return reportIn(end)?.summary ?? (findings.join('; ') || message.trim().split('\n').at(-1) || reason);
}
