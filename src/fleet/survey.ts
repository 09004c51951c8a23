// Everything that was read of a cluster → what is to be told of it. Pure.

import type { ClusterObjects } from '../cluster/objects.ts';
import type { Severity } from '../checks/check.ts';
import { judgedAttachments } from './attachments.ts';
import { sortedIntoClasses } from './classes.ts';
import { fleetFindings } from './findings.ts';
import type { Fleet, FleetNode, FleetSummary, Nad, Rival } from './fleet.ts';
import { adviceForFleet } from './fleet-advice.ts';
import { type LiveAnswers, nodeStates } from './node-states.ts';
import { binDirsOf, rivalsAmong } from './rivals.ts';
import { type Skew, skewsAmong } from './skew.ts';

export interface ClusterSurvey {
  readonly objects: ClusterObjects;
  /** By node; undefined where no watch was asked. */
  readonly live: LiveAnswers | undefined;
  readonly cluster: string;
  readonly takenMs: number;
  readonly installerVersion: string;
}

export function fleetOf({ objects, live, cluster, takenMs, installerVersion }: ClusterSurvey): Fleet {
  const { attachments, pods, daemonSets, nodes: views } = objects;
  const states = nodeStates({ nodes: views, pods, live, nowMs: takenMs });
  const { classes, nodes } = sortedIntoClasses(states);
  const [binDir = ''] = binDirsOf(daemonSets);
  const nads = judgedAttachments(attachments, pods, { classes, nodes, views, binDir });
  const ours = new Set(classes.flatMap(({ plugins }) => Object.keys(plugins)));
  const rivals = rivalsAmong(daemonSets, ours);
  const skews = skewsAmong(nodes);
  return {
    schema: 1,
    cluster,
    taken: new Date(takenMs).toISOString(),
    installerVersion,
    sources: [...new Set(nodes.flatMap(({ source }) => source ?? []))].toSorted(),
    summary: fleetSummary(nodes, nads, { rivals, skews }),
    classes,
    nodes,
    attachments: nads,
    rivals,
    advice: adviceForFleet(classes, attachments),
    findings: fleetFindings({ states, classes, nads, rivals, skews }),
  };
}

function fleetSummary(
  nodes: readonly FleetNode[],
  nads: readonly Nad[],
  { rivals, skews }: { readonly rivals: readonly Rival[]; readonly skews: readonly Skew[] },
): FleetSummary {
  const count = (...standings: readonly string[]): number =>
    nodes.filter(({ standing }) => standings.includes(standing)).length;
  return {
    nodes: nodes.length,
    ready: count('well'),
    byRelease: Object.fromEntries(
      [...Map.groupBy(nodes, ({ release }) => release ?? 'none')].map(([release, of]) => [
        release,
        of.length,
      ]),
    ),
    skewed: skews.flatMap(({ minority }) => minority).reduce((sum, group) => sum + group.nodes.length, 0),
    failed: count('failed'),
    degraded: count('degraded'),
    unknown: count('unknown', 'stale'),
    nadsBroken: nads.filter(({ verdict }) => verdict === 'fails').length,
    rivals: rivals.filter(({ suspected }) => suspected).length,
  };
}

/** Whether anything is as grave as was asked for; notes never are. */
export function fleetFailsOn({ findings, advice }: Fleet, failOn: 'error' | 'warning' | 'never'): boolean {
  if (failOn === 'never') return false;
  const grave: readonly Severity[] = failOn === 'error' ? ['error'] : ['error', 'warning'];
  return [...findings, ...advice].some(({ severity }) => grave.includes(severity));
}
