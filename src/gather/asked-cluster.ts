// What the API server says of a cluster: nodes, DaemonSets, our pods, NADs, a page at a time. Never all pods.

import { textIn } from '../cluster/json-value.ts';
import { isRecord } from '../lib/record.ts';
import { readClusterObjects } from '../cluster/kubectl.ts';
import type { ClusterObjects } from '../cluster/objects.ts';
import { Failure } from '../failure/failure.ts';
import { mergedObjects } from '../fleet/merged.ts';
import type { LiveAnswers } from '../fleet/node-states.ts';
import { printable } from '../lib/text/printable.ts';
import { type ApiAnswer, type AskedServer, failedToAsk } from './asked-server.ts';
import { askWatches } from './watches.ts';

/** Some MiB of JSON at most, with all the images that a node has. */
const pageSize = 200;

export interface ClusterQuestion {
  readonly signal: AbortSignal;
  /** Told of each page; nobody may be there to see it. */
  readonly show: (line: string) => void;
  /** Where our pods are; undefined: in any namespace. */
  readonly namespace: string | undefined;
  readonly live: boolean;
}

export interface AskedCluster {
  readonly objects: ClusterObjects;
  readonly live: LiveAnswers | undefined;
}

const ourSelector = 'app.kubernetes.io/part-of=cni-plugins-installer';
const watchPods = 'app=cni-plugins-watch';

/** @throws Failure `acquisition` where one of the lists could not be had */
export async function askCluster(api: AskedServer, asking: ClusterQuestion): Promise<AskedCluster> {
  const pods =
    asking.namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${asking.namespace}/pods`;
  const parts: ClusterObjects[] = [];
  for (const [path, selector] of [
    ['/api/v1/nodes'],
    ['/apis/apps/v1/daemonsets'],
    [pods, ourSelector],
    ...(asking.live ? [[pods, watchPods]] : []),
    ['/apis/k8s.cni.cncf.io/v1/network-attachment-definitions'],
  ] as const) {
    parts.push(...(await pagesOf(api, { path, selector }, asking)));
  }
  const objects = mergedObjects(parts);
  const live = asking.live ? await askWatches(api, objects.pods, asking) : undefined;
  return { objects, live };
}

interface WantedList {
  readonly path: string;
  readonly selector: string | undefined;
}

async function pagesOf(
  api: AskedServer,
  { path, selector }: WantedList,
  asking: ClusterQuestion,
): Promise<ClusterObjects[]> {
  const pages: ClusterObjects[] = [];
  let next: string | undefined;
  do {
    const page = await pageOf(api, { path: pathOfPage({ path, selector }, next), selector }, asking);
    if (page === undefined) return pages;
    pages.push(page);
    asking.show(`asking for ${nameOf(path)}: ${pages.length * pageSize} or fewer`);
    ({ next } = page);
  } while (next !== undefined);
  return pages;
}

function pathOfPage({ path, selector }: WantedList, next: string | undefined): string {
  const query = new URLSearchParams({ limit: String(pageSize) });
  if (selector !== undefined) query.set('labelSelector', selector);
  if (next !== undefined) query.set('continue', next);
  return `${path}?${query.toString()}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Undefined where the cluster has no such kind: no Multus, no NADs. */
async function pageOf(
  api: AskedServer,
  { path }: WantedList,
  { signal }: ClusterQuestion,
): Promise<ClusterObjects | undefined> {
  const what = nameOf(path.split('?')[0] ?? path);
  const answer = await api.get(path, signal).catch((error: unknown) => {
    throw whyNotAsked(what, error, signal);
  });
  if (answer.status === 404 && what === 'network-attachment-definitions') return undefined;
  if (answer.status !== 200) throw failedToAsk(what, refusalOfAnswer(answer));
  const objects = readClusterObjects(answer.body);
  const [trouble] = objects.troubles;
  if (trouble !== undefined) throw failedToAsk(what, trouble);
  return objects;
}

/** A run that is stopped from outside is no failure of the cluster; one whose time is up is. */
function whyNotAsked(what: string, error: unknown, { aborted, reason }: AbortSignal): unknown {
  if (aborted && !(reason instanceof Failure)) return reason;
  const cause: unknown = aborted ? reason : error;
  return failedToAsk(what, cause instanceof Error ? cause.message : String(cause), error);
}

function refusalOfAnswer({ status, body }: ApiAnswer): string {
  return `the answer was ${status}${wordsIn(body)}`;
}

function wordsIn(body: Buffer): string {
  const text = body.toString('utf8', 0, 2000);
  try {
    const value: unknown = JSON.parse(text);
    const message = isRecord(value) ? textIn(value, 'message') : undefined;
    return message === undefined ? '' : `, ${printable(message)}`;
  } catch {
    const [line = ''] = text.trim().split('\n');
    return line === '' ? '' : `, ${printable(line).slice(0, 300)}`;
  }
}
