// What is wrong with nodes as a whole, each thing once with all the nodes that it is about. Pure.

import { listed } from '../checks/check.ts';
import type { FleetFinding } from './fleet.ts';
import type { NodeState } from './node-states.ts';
import { countOf, kubectlOn, ourPods, shellWord } from './wording.ts';

export function conditions(states: readonly NodeState[]): FleetFinding[] {
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

export function degradedNodes(states: readonly NodeState[]): FleetFinding[] {
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

export function unsharedMounts(states: readonly NodeState[]): FleetFinding[] {
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

export function silentNodes(states: readonly NodeState[]): FleetFinding[] {
  const silent = states.filter(({ silence }) => silence?.how === 'silent');
  const [first] = silent;
  return [
    ...aboutNodes(silent, {
      code: 'node-stale',
      severity: 'warning',
      say: `did not answer when asked (${first?.silence?.why ?? ''}), so that what is told of them is old`,
      hint: 'see that `watch` runs there and listens at the address of the node (`watch.bindAddress=""`)',
      command: describedWatch(first),
    }),
    ...nodesThatRefuse(states),
  ];
}

/** It is the setting of all where no watch at all lets itself be asked. */
function nodesThatRefuse(states: readonly NodeState[]): FleetFinding[] {
  const refusing = states.filter(({ silence }) => silence?.how === 'refused');
  const [first] = refusing;
  const isEach = states.every(({ source, silence }) => source !== 'live' && silence?.how !== 'silent');
  return aboutNodes(refusing, {
    code: 'node-stale',
    severity: 'warning',
    say: `refused the connection to watch${isEach ? ', and no watch answered' : ''}, as where it listens at 127.0.0.1 alone, so that what is told of them is old`,
    hint: 'let `watch` listen at the address of the node: `watch.bindAddress=""` of the chart, else `--listen :19917`; or ask without `--live`',
    command: describedWatch(first),
  });
}

function describedWatch(state: NodeState | undefined): string | null {
  return state?.silence === undefined ? null : kubectlOn(state.silence.pod, 'describe pod');
}

export function nodesUntold(states: readonly NodeState[]): FleetFinding[] {
  const untold = states.filter(({ standing }) => standing === 'unknown');
  return aboutNodes(untold, {
    code: 'node-untold',
    severity: 'warning',
    say: untold.length === 1 ? 'has no report of ours' : 'have no report of ours',
    hint: 'see whether our DaemonSet is to run there: its node selector, its tolerations, pods that are pending',
    command: `${ourPods} --field-selector status.phase!=Running`,
  });
}

function aboutNodes(
  states: readonly NodeState[],
  words: Pick<FleetFinding, 'code' | 'severity' | 'hint' | 'command'> & { readonly say: string },
): FleetFinding[] {
  if (states.length === 0) return [];
  const { say, ...rest } = words;
  const message = `${countOf(states.length, 'node')} ${say}: ${listed(nodeNames(states))}`;
  return [{ ...rest, message, node: nodeNames(states), nad: [] }];
}

export function nodeNames(states: readonly NodeState[]): string[] {
  return states.map(({ name }) => name);
}

export function logsOf({ pod }: NodeState): string | null {
  return pod === null ? null : `${kubectlOn(pod, 'logs')} --all-containers --prefix`;
}
