// What the API server says of a cluster: nodes, DaemonSets, our pods, NADs, a page at a time. Never all pods.

import { readClusterObjects } from '../cluster/kubectl.ts';
import type { ClusterObjects } from '../cluster/objects.ts';
import { Failure } from '../failure/failure.ts';
import { mergedObjects } from '../fleet/merged.ts';
import type { LiveAnswers } from '../fleet/node-states.ts';
import type { ApiAnswer } from '../kubernetes/api-server.ts';
import { ApiTrouble } from '../kubernetes/api-trouble.ts';
import { type AskedServer, failedToAsk, refusalWords } from './asked-server.ts';
import { askWatches } from './watches.ts';

/** A Node with many images and annotations is some dozens of KiB: so these are some MiB. */
const usualPageSize = 200;

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

interface WantedPage extends WantedList {
  readonly size: number;
  /** Where it begins; undefined: at the top. */
  readonly next: string | undefined;
}

async function pagesOf(
  api: AskedServer,
  list: WantedList,
  asking: ClusterQuestion,
): Promise<ClusterObjects[]> {
  const pages: ClusterObjects[] = [];
  let wanted: WantedPage | undefined = { ...list, size: usualPageSize, next: undefined };
  while (wanted !== undefined) {
    const [page, size]: SizedPage = await fittingPage(api, wanted, asking);
    if (page === undefined) return pages;
    pages.push(page);
    asking.show(
      `asking for ${nameOf(list.path)}: ${pages.reduce((sum, one) => sum + countIn(one), 0)} so far`,
    );
    wanted = page.next === undefined ? undefined : { ...list, size, next: page.next };
  }
  return pages;
}

function countIn({ nodes, daemonSets, pods, attachments }: ClusterObjects): number {
  return nodes.length + daemonSets.length + pods.length + attachments.length;
}

/** A page, and how many objects the next may have. */
type SizedPage = readonly [page: ClusterObjects | undefined, size: number];

/** Of fewer objects where they are large: the API server goes on from the same mark with any number of them. */
async function fittingPage(
  api: AskedServer,
  wanted: WantedPage,
  asking: ClusterQuestion,
): Promise<SizedPage> {
  const answer = await answerOrTooLarge(api, wanted, asking);
  if (answer !== 'too-large') return [pageIn(answer, nameOf(wanted.path)), wanted.size];
  return fittingPage(api, { ...wanted, size: Math.ceil(wanted.size / 4) }, asking);
}

async function answerOrTooLarge(
  api: AskedServer,
  wanted: WantedPage,
  { signal }: ClusterQuestion,
): Promise<ApiAnswer | 'too-large'> {
  try {
    return await api.get(pathOfPage(wanted), signal);
  } catch (error) {
    if (error instanceof ApiTrouble && error.kind === 'too-large' && wanted.size > 1) return error.kind;
    throw whyNotAsked(nameOf(wanted.path), error, signal);
  }
}

function pathOfPage({ path, selector, size, next }: WantedPage): string {
  const query = new URLSearchParams({ limit: String(size) });
  if (selector !== undefined) query.set('labelSelector', selector);
  if (next !== undefined) query.set('continue', next);
  return `${path}?${query.toString()}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Undefined where the cluster has no such kind: no Multus, no NADs. */
function pageIn(answer: ApiAnswer, what: string): ClusterObjects | undefined {
  if (answer.status === 404 && what === 'network-attachment-definitions') return undefined;
  if (answer.status !== 200) throw failedToAsk(what, refusalWords(answer));
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
