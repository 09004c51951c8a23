// What is wrong in a fleet, each thing once with all the nodes and NADs it is about, worst first. Pure.

import { listed, type Severity } from '../checks/check.ts';
import { attachmentFindings } from './attachment-findings.ts';
import { severityRank } from './fleet-advice.ts';
import type { FleetCode, FleetFinding, FleetPluginState, Nad, NodeClass, Rival } from './fleet.ts';
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

function names(states: readonly NodeState[]): string[] {
  return states.map(({ name }) => name);
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
        message: `${countOf(same.length, 'node')} could not be made ready (${code}), ${listed(names(same))}; as ${first.name} has it: ${message}`,
        hint: hint ?? `see docs/troubleshooting.md for ${code}`,
        command: logsOf(first),
        node: names(same),
        nad: [],
      },
    ];
  });
}

function logsOf({ pod }: NodeState): string | null {
  return pod === null ? null : `${kubectlOn(pod, 'logs')} --all-containers --prefix`;
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

function aboutNodes(
  states: readonly NodeState[],
  words: Pick<FleetFinding, 'code' | 'severity' | 'hint' | 'command'> & { readonly say: string },
): FleetFinding[] {
  if (states.length === 0) return [];
  const { say, ...rest } = words;
  const message = `${countOf(states.length, 'node')} ${say}: ${listed(names(states))}`;
  return [{ ...rest, message, node: names(states), nad: [] }];
}

function conditions(states: readonly NodeState[]): FleetFinding[] {
  const wrong = states.filter(({ condition, source }) => condition?.status === 'False' && source !== 'live');
  const [first] = wrong;
  return aboutNodes(wrong, {
    code: 'node-condition',
    severity: 'error',
    say: `not ready by condition (${first?.condition?.reason ?? 'no reason given'})`,
    hint: first?.condition?.message ?? 'look at the condition of the node',
    command: first === undefined ? null : `kubectl describe node ${shellWord(first.name)}`,
  });
}

function degradedNodes(states: readonly NodeState[]): FleetFinding[] {
  const degraded = states.filter(({ standing, source }) => standing === 'degraded' && source !== 'live');
  const [first] = degraded;
  return aboutNodes(degraded, {
    code: 'node-degraded',
    severity: 'warning',
    say: `${degraded.length === 1 ? 'goes' : 'go'} on with an earlier set, because the wished release could not be obtained`,
    hint: first?.error?.hint ?? 'make a source reachable, then restart our pod there',
    command: first === undefined ? null : logsOf(first),
  });
}

function unsharedMounts(states: readonly NodeState[]): FleetFinding[] {
  return aboutNodes(
    states.filter(({ mountsAre }) => mountsAre === 'not shared'),
    {
      code: 'mount-not-shared',
      severity: 'warning',
      say: 'could not share the mounts that Multus asks for',
      hint: 'see docs/troubleshooting.md for what kept it: the log of our container names it',
      command: null,
    },
  );
}

function silentNodes(states: readonly NodeState[]): FleetFinding[] {
  const silent = states.filter(({ silence }) => silence !== undefined);
  const pod = silent[0]?.pod ?? null;
  return aboutNodes(silent, {
    code: 'node-stale',
    severity: 'warning',
    say: `did not answer when asked (${silent[0]?.silence ?? ''}), so that what is told of them is old`,
    hint: 'see that `watch` runs there and listens at the address of the node (`watch.bindAddress=""`)',
    command: pod === null ? null : kubectlOn(pod, 'describe pod'),
  });
}

function nodesUntold(states: readonly NodeState[]): FleetFinding[] {
  const untold = states.filter(({ standing }) => standing === 'unknown');
  return aboutNodes(untold, {
    code: 'node-untold',
    severity: 'warning',
    say: untold.length === 1 ? 'has no report of ours' : 'have no report of ours',
    hint: 'see whether our DaemonSet is to run there: its node selector, its tolerations, pods that are pending',
    command: `${ourPods} --field-selector status.phase!=Running`,
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
