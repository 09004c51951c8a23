// What is wrong in a fleet, each thing once with all the nodes and NADs it is about, worst first. Pure.

import { listed, type Severity } from '../checks/check.ts';
import { attachmentFindings } from './attachment-findings.ts';
import { severityRank } from './fleet-advice.ts';
import type { FleetCode, FleetFinding, FleetPluginState, Nad, NodeClass, Rival } from './fleet.ts';
import {
  conditions,
  degradedNodes,
  logsOf,
  nodeNames,
  nodesUntold,
  silentNodes,
  unsharedMounts,
} from './node-findings.ts';
import type { NodeState } from './node-states.ts';
import { idOfRival } from './rivals.ts';
import type { Skew } from './skew.ts';
import { countOf, kubectlOn, ourPods, shellWord } from './wording.ts';

export interface SeenTroubles {
  readonly states: readonly NodeState[];
  readonly classes: readonly NodeClass[];
  readonly nads: readonly Nad[];
  readonly rivals: readonly Rival[];
  readonly skews: readonly Skew[];
}

export function fleetFindings(found: SeenTroubles): readonly FleetFinding[] {
  const { states, nads, rivals, skews } = found;
  return [
    ...failedNodes(states),
    ...brokenPlugins(states),
    ...attachmentFindings(nads),
    ...conditions(states),
    ...degradedNodes(states),
    ...unsharedMounts(states),
    ...silentNodes(states),
    ...nodesUntold(states),
    ...contended(states),
    ...skews.map(skewFinding),
    ...rivals.filter(({ suspected }) => suspected).map(rivalFinding),
  ].toSorted((a, b) => severityRank(a) - severityRank(b) || b.node.length - a.node.length);
}

/** Nodes that failed in the same way have one cause more often than not. */
function failedNodes(states: readonly NodeState[]): FleetFinding[] {
  const failed = states.filter(({ standing, error }) => standing === 'failed' && error !== null);
  return [...Map.groupBy(failed, ({ error }) => error?.code ?? '').values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined || first.error === null) return [];
    const { code, message, hint } = first.error;
    return [
      {
        code: 'node-failed',
        severity: 'error',
        message: `${countOf(same.length, 'node')} could not be made ready (${code}), ${listed(nodeNames(same))}; as ${first.name} has it: ${message}`,
        hint: hint ?? `see docs/troubleshooting.md for ${code}`,
        command: logsOf(first),
        node: nodeNames(same),
        nad: [],
      },
    ];
  });
}

interface DriftWords {
  readonly code: FleetCode;
  readonly severity: Severity;
  readonly is: string;
  readonly hint: string;
}

const repairByRestart = 'restart our pod there: it repairs from the store of the node, without a network';

/** Of a watch that was asked, or of a run that failed half way. */
const drift: Readonly<Partial<Record<FleetPluginState, DriftWords>>> = {
  absent: { code: 'plugin-absent', severity: 'error', is: 'is not there', hint: repairByRestart },
  broken: { code: 'plugin-broken', severity: 'error', is: 'does not work', hint: repairByRestart },
  'not-executable': {
    code: 'plugin-not-executable',
    severity: 'error',
    is: 'has lost its execute bit',
    hint: repairByRestart,
  },
  changed: {
    code: 'plugin-changed',
    severity: 'warning',
    is: 'has other bytes than were placed',
    hint: repairByRestart,
  },
  foreign: {
    code: 'plugin-foreign',
    severity: 'warning',
    is: 'was placed by somebody else',
    hint: 'take it over by a restart of our pod there, or leave it out with --skip',
  },
};

function brokenPlugins(states: readonly NodeState[]): FleetFinding[] {
  const seen = states.flatMap((state) =>
    state.plugins
      .filter((plugin) => drift[plugin.state] !== undefined)
      .map((plugin) => ({ state, key: `${plugin.state} ${plugin.name}`, plugin })),
  );
  return [...Map.groupBy(seen, ({ key }) => key).values()].flatMap((same) => {
    const [first] = same;
    const words = first === undefined ? undefined : drift[first.plugin.state];
    if (first === undefined || words === undefined) return [];
    const nodes = same.map(({ state }) => state.name);
    return [
      {
        code: words.code,
        severity: words.severity,
        message: `${first.plugin.name} ${words.is} on ${countOf(nodes.length, 'node')}: ${listed(nodes)}`,
        hint: words.hint,
        command: first.state.pod === null ? null : kubectlOn(first.state.pod, 'delete pod'),
        node: nodes,
        nad: [],
      },
    ];
  });
}

function contended(states: readonly NodeState[]): FleetFinding[] {
  const seen = states.flatMap(({ name, contended: plugins }) => plugins.map((plugin) => ({ name, plugin })));
  return [...Map.groupBy(seen, ({ plugin }) => plugin)].map(([plugin, of]) => ({
    code: 'plugin-contended',
    severity: 'warning',
    message: `somebody writes over ${plugin} again and again on ${countOf(of.length, 'node')}: ${listed(of.map(({ name }) => name))}`,
    hint: 'settle whose the name is: --skip of ours, or the setting of the other that is named below',
    command: null,
    node: of.map(({ name }) => name),
    nad: [],
  }));
}

function skewFinding({ arch, most, minority }: Skew): FleetFinding {
  const groups = minority.map(
    ({ release, nodes }) =>
      `${countOf(nodes.length, 'node')} ${nodes.length === 1 ? 'has' : 'have'} ${release}: ${listed(nodes)}`,
  );
  return {
    code: 'skew',
    severity: 'warning',
    message: `most nodes of ${arch} have ${most}; ${groups.join('; ')}`,
    hint: 'finish the roll-out, or see what holds it up on the nodes that are named',
    command: `${ourPods} --sort-by=.spec.nodeName`,
    node: minority.flatMap(({ nodes }) => nodes),
    nad: [],
  };
}

function rivalFinding(rival: Rival): FleetFinding {
  const { hostPath, suspectedNames, setting, namespace, name } = rival;
  const places = suspectedNames.length === 0 ? '' : `, and is known to place ${listed(suspectedNames)}`;
  const own = 'say who wins with --on-conflict, and leave out with --skip what the other is to place';
  return {
    code: 'rival-installer',
    severity: 'warning',
    message: `${idOfRival(rival)} may write into ${hostPath} as well${places}`,
    hint: setting === null ? own : `${own}; its own setting: ${setting}`,
    command: `kubectl -n ${shellWord(namespace)} get daemonset ${shellWord(name)} -o yaml`,
    node: [],
    nad: [],
  };
}
