// Nodes that are alike in all that matters, folded into classes. Pure.

import type { FleetNode, FleetPluginState, NodeClass } from './fleet.ts';
import type { NodeState } from './node-states.ts';

export interface Sorted {
  readonly classes: readonly NodeClass[];
  readonly nodes: readonly FleetNode[];
}

/** The largest class first; of equals the one whose first node comes first. */
export function sortedIntoClasses(states: readonly NodeState[]): Sorted {
  const groups = [...Map.groupBy(states, likeness).values()].toSorted((a, b) => b.length - a.length);
  const classes = groups.map((members, place) => nodeClass(idAt(place), members));
  const classByNode = new Map(classes.flatMap(({ id, nodes }) => nodes.map((node) => [node, id] as const)));
  return { classes, nodes: states.map((state) => nodeInClass(state, classByNode.get(state.name) ?? '')) };
}

/** What two nodes of a class have in common, as a text. */
function likeness(state: NodeState): string {
  const { standing, release, arch, kubernetes, runtime, others, complete, mountsAre, plugins } = state;
  const placed = plugins.map(({ name, state: is, version }) => [name, is, version]);
  return JSON.stringify([standing, release, arch, kubernetes, runtime, others, complete, mountsAre, placed]);
}

function nodeClass(id: string, members: readonly NodeState[]): NodeClass {
  const [first] = members;
  if (first === undefined) throw new Error('a class without a node');
  const { standing, release, arch, kubernetes, runtime, others, complete, mountsAre, plugins } = first;
  return {
    id,
    nodes: members.map(({ name }) => name),
    standing,
    release,
    arch,
    kubernetes,
    runtime: runtime === null ? null : `${runtime.name} ${runtime.version}`,
    plugins: pluginStates(plugins),
    others,
    complete,
    mounts: mountsAre,
  };
}

function pluginStates(plugins: NodeState['plugins']): Record<string, FleetPluginState> {
  return Object.fromEntries(plugins.map(({ name, state }) => [name, state]));
}

/** Counts as columns of a spreadsheet do: A … Z, AA, AB, … */
function idAt(place: number): string {
  const letter = String.fromCodePoint(65 + (place % 26));
  return place < 26 ? letter : `${idAt(Math.floor(place / 26) - 1)}${letter}`;
}

function nodeInClass({ contended: _c, silence: _s, ...state }: NodeState, id: string): FleetNode {
  const { name, ...rest } = state;
  return { name, class: id, ...rest };
}
