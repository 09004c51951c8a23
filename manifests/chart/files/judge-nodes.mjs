// Prints what each node has, as a table, and ends with 1 unless all is well on all of them. Waits for nodes that have not
// come to an end yet, for WITHIN_SECONDS at most. Where Multus was not called, all nodes are asked for the pods' network once
// more, PAUSE_SECONDS later: on a slow node Multus may be ready for long before it has written its configuration.
//
// NAMESPACE, DAEMONSET, LABEL   the DaemonSet that prepares the nodes, and the label `name` of its pods
// AUDIT, CALL                   DaemonSets: one audits each node, one asks for the pods' network; empty: not asked
// WISHED                        the release that each node should have; empty: none
import { setTimeout as sleep } from 'node:timers/promises';
import { change, lastEndOf, nodeOf, podsOf, progressOf, reasonOf, reportIn, warningOn, whatIsWith } from './cluster.mjs';

const { NAMESPACE: namespace, DAEMONSET: daemonSet, LABEL: label, AUDIT: audit, CALL: call, WISHED: wished } = process.env;
const withinMs = Number(process.env.WITHIN_SECONDS) * 1000;
const pauseMs = Number(process.env.PAUSE_SECONDS) * 1000;
/** On the pods that were made when all nodes were asked once more. */
const askedAgain = 'cni-plugins-installer.github.io/asked-again';
const shownAtMost = 100;
const good = new Set(['installed', 'unchanged', 'repaired']);

/** A word for the table; `is` says whether that is `good` or `bad`, or may still change: `open`. */
const verdict = (is, word, because) => ({ is, word, because });

function named(pod, name) {
  return pod.status.initContainerStatuses?.find((status) => status.name === name);
}

/** What the installer reported when the pod started. */
function judgeStart(pod) {
  const status = named(pod, 'install-cni-plugins');
  const end = status && lastEndOf(status);
  const report = end && reportIn(end);
  const at = { at: end?.finishedAt, release: report?.version ?? '-' };
  if (report === undefined) {
    const hasFailed = end !== undefined && end.exitCode !== 0;
    return { ...verdict(hasFailed ? 'bad' : 'open', 'no report', reasonOf(pod)), ...at };
  }
  if (!good.has(report.outcome)) return { ...verdict('bad', report.outcome, report.summary), ...at };
  if (report.version === wished) return { ...verdict('good', report.outcome), ...at };
  return { ...verdict('bad', report.outcome, `it has ${report.version}, and ${wished} was wished`), ...at };
}

/** What the audit found; not what it found before the installer was done. */
function judgeNow(pod, installedAt) {
  const status = named(pod, 'verify');
  const end = status && lastEndOf(status);
  if (end?.exitCode === 0) return verdict('good', 'intact');
  if (end === undefined) return verdict('open', 'no answer', reasonOf(pod));
  const isAfterwards = installedAt !== undefined && end.startedAt > installedAt;
  return verdict(isAfterwards ? 'bad' : 'open', end.exitCode === 9 ? 'drifted' : 'no answer', reasonOf(pod));
}

/** Multus leaves word of itself on each pod that the runtime has called it for. */
function judgeCall(pod) {
  if (pod.metadata.annotations?.['k8s.v1.cni.cncf.io/network-status'] !== undefined) return verdict('good', 'called');
  if (pod.status.phase !== 'Running') return { ...verdict('open', 'no network', reasonOf(pod)), pod: pod.metadata.name };
  const because = 'the runtime does not call Multus for new pods; are distribution and paths those of this node?';
  return verdict('bad', 'not called', because);
}

/** Has the pods that ask for the pods' network made anew, on all nodes at once. */
async function askAgain() {
  const template = { metadata: { annotations: { [askedAgain]: 'true' } } };
  await change(`/apis/apps/v1/namespaces/${namespace}/daemonsets/${call}`, 'strategic-merge', { spec: { template } });
}

/** The facts of each node by its name: small, however large its pods are. Of the calls, only those of this round. */
async function judge(round) {
  const nodes = new Map();
  const columnsOf = (pod) => {
    const name = nodeOf(pod);
    if (!nodes.has(name)) nodes.set(name, {});
    return nodes.get(name);
  };
  for await (const pod of podsOf(namespace, daemonSet, label)) {
    const columns = columnsOf(pod);
    if (wished !== '') columns.start = judgeStart(pod);
    const isReady = pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    columns.pod = isReady ? verdict('good', 'ready') : verdict('open', 'not ready', whatIsWith(pod));
  }
  if (audit !== '') for await (const pod of podsOf(namespace, audit, audit)) columnsOf(pod).audit = pod;
  for (const columns of nodes.values()) {
    if (columns.audit !== undefined) columns.now = judgeNow(columns.audit, columns.start?.at);
    delete columns.audit;
  }
  if (call !== '') {
    for await (const pod of podsOf(namespace, call, call)) {
      const isOfThisRound = round === 1 || pod.metadata.annotations?.[askedAgain] !== undefined;
      if (isOfThisRound) columnsOf(pod).call = judgeCall(pod);
    }
  }
  return nodes;
}

/** Every node that should have a pod has one, of each DaemonSet that asks. */
async function isComplete(nodes) {
  const { wanted } = await progressOf(namespace, daemonSet);
  const asked = [...(wished === '' ? [] : ['start', 'now']), ...(call === '' ? [] : ['call']), 'pod'];
  return nodes.size >= wanted && [...nodes.values()].every((columns) => asked.every((name) => columns[name]));
}

function worstOf(columns) {
  const all = new Set(Object.values(columns).map(({ is }) => is));
  return ['bad', 'open'].find((word) => all.has(word)) ?? 'good';
}

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd());
}

function rowOf([node, { start, now, call: called, pod }]) {
  return [node, start?.release ?? '-', ...[start, now, called, pod].map((column) => column?.word ?? '-')];
}

/** The nodes that are not well come first, and are told at length. */
async function tell(nodes) {
  const sorted = [...nodes].toSorted(([one], [other]) => one.localeCompare(other));
  const ill = sorted.filter(([, columns]) => worstOf(columns) !== 'good');
  const well = sorted.filter(([, columns]) => worstOf(columns) === 'good');
  const shown = [...ill, ...well].slice(0, shownAtMost);
  printTable([['NODE', 'RELEASE', 'START', 'NOW', 'MULTUS', 'POD'], ...shown.map(rowOf)]);
  if (sorted.length > shown.length) console.log(`… and ${sorted.length - shown.length} more`);
  for (const [node, columns] of ill.slice(0, shownAtMost)) {
    for (const { is, word, because, pod } of Object.values(columns)) {
      const warning = pod && (await warningOn(namespace, pod).catch(() => undefined));
      if (is !== 'good') console.log(`${node}: ${word}: ${warning ?? because}`);
    }
  }
  console.log(`${well.length} of ${sorted.length} nodes are well`);
  return ill.length === 0 && sorted.length > 0;
}

/** What the nodes have once none of them may change any more, or after WITHIN_SECONDS. */
async function untilJudged(round) {
  const began = performance.now();
  for (;;) {
    const nodes = await judge(round).catch((error) => console.log(`no answer: ${error.cause?.message ?? error.message}`));
    const isDone = nodes && (await isComplete(nodes).catch(() => false));
    const mayChange = nodes === undefined || [...nodes.values()].some((columns) => worstOf(columns) === 'open');
    if ((isDone && !mayChange) || performance.now() - began > withinMs) return { nodes, isDone };
    await sleep(2000);
  }
}

let judged = await untilJudged(1);
if ([...(judged.nodes?.values() ?? [])].some((columns) => columns.call?.word === 'not called')) {
  await sleep(pauseMs);
  if (await askAgain().then(() => true, () => false)) judged = await untilJudged(2);
}
process.exitCode = judged.nodes && (await tell(judged.nodes)) && judged.isDone ? 0 : 1;
