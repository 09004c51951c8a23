// What is wrong with the NADs of a fleet, told once for each plugin, interface or spec, however many NADs want it. Pure.

import { listed } from '../checks/check.ts';
import { nadId } from './attachments.ts';
import type { AbsentMaster, FleetFinding, MissingPlugin, Nad, UnspokenSpec } from './fleet.ts';
import { countOf, ourPods } from './wording.ts';

export function attachmentFindings(nads: readonly Nad[]): FleetFinding[] {
  return [
    ...nads.flatMap(({ problems }) => problems),
    ...folded(nads, ({ missing }) => missing, keyOfMissing, missingFinding),
    ...folded(nads, ({ specUnsupported }) => specUnsupported, keyOfSpec, specFinding),
    ...folded(
      nads,
      ({ mastersAbsent }) => mastersAbsent,
      ({ master, nodes }) => `${master} ${nodes.length} ${nodes[0] ?? ''}`,
      masterFinding,
    ),
    ...mixedMasters(nads),
  ];
}

/** What many NADs have in common is one finding. */
function folded<Trouble>(
  nads: readonly Nad[],
  troublesOf: (nad: Nad) => readonly Trouble[],
  keyOf: (trouble: Trouble, nad: Nad) => string,
  tell: (trouble: Trouble, nads: readonly Nad[]) => FleetFinding,
): FleetFinding[] {
  const all = nads.flatMap((nad) =>
    troublesOf(nad).map((trouble) => ({ nad, trouble, key: keyOf(trouble, nad) })),
  );
  return [...Map.groupBy(all, ({ key }) => key).values()].flatMap((same) => {
    const [first] = same;
    return first === undefined
      ? []
      : [
          tell(
            first.trouble,
            same.map(({ nad }) => nad),
          ),
        ];
  });
}

/** Lists of nodes are shared between NADs, and in order: length and first tell them apart well enough to be read. */
function keyOfMissing({ foretold, nodes }: MissingPlugin): string {
  return `${foretold} ${nodes.length} ${nodes[0] ?? ''}`;
}

function keyOfSpec({ plugin, nodes }: UnspokenSpec, { cniVersion }: Nad): string {
  return `${plugin} ${cniVersion ?? ''} ${nodes.length} ${nodes[0] ?? ''}`;
}

function idsOf(nads: readonly Nad[]): string[] {
  return [...new Set(nads.map(nadId))];
}

function nadsWant(nads: readonly Nad[]): string {
  const ids = idsOf(nads);
  return `NAD ${listed(ids)} ${ids.length === 1 ? 'wants' : 'want'} it`;
}

function missingFinding(
  { plugin, nodes, foretold, shippedBy }: MissingPlugin,
  nads: readonly Nad[],
): FleetFinding {
  return {
    code: 'nad-plugin-absent',
    severity: 'error',
    message: `${plugin} is missing on ${countOf(nodes.length, 'node')} (${listed(nodes)}), and ${nadsWant(nads)}; a pod there will get: ${foretold}`,
    hint:
      shippedBy === null
        ? `add ${plugin} to \`cniPlugins.plugins\` (--plugins), or keep such pods off these nodes with a node selector`
        : `${plugin} is placed by ${shippedBy}: see why that did not run on these nodes`,
    command: nodesCommand(nodes),
    node: nodes,
    nad: idsOf(nads),
  };
}

function nodesCommand(nodes: readonly string[]): string | null {
  const words = nodes.filter((name) => /^[\w.-]+$/.test(name));
  return words.length === 0 || words.length > 5
    ? null
    : `${ourPods} --field-selector spec.nodeName=${words[0]}`;
}

function specFinding({ plugin, nodes, speaks }: UnspokenSpec, nads: readonly Nad[]): FleetFinding {
  const asks = nads[0]?.cniVersion ?? '';
  return {
    code: 'plugin-spec-unsupported',
    severity: 'error',
    message: `NAD ${listed(idsOf(nads))} asks for CNI spec ${asks}, which ${plugin} does not speak on ${countOf(nodes.length, 'node')}: ${listed(nodes)}; it speaks ${speaks.join(', ')}`,
    hint: `set "cniVersion": "${speaks.at(-1) ?? ''}" there, or take a release whose ${plugin} speaks it`,
    command: null,
    node: nodes,
    nad: idsOf(nads),
  };
}

function masterFinding({ master, nodes }: AbsentMaster, nads: readonly Nad[]): FleetFinding {
  return {
    code: 'nad-master-absent',
    severity: 'error',
    message: `${countOf(nodes.length, 'node')} (${listed(nodes)}) ${nodes.length === 1 ? 'has' : 'have'} no interface ${master}, and ${nadsWant(nads)}; a pod there will get: Link not found`,
    hint: 'name an interface that these nodes have, or keep such pods to nodes that have it with a node selector',
    command: null,
    node: nodes,
    nad: idsOf(nads),
  };
}

/** The kernel lets an interface carry one kind only. */
function mixedMasters(nads: readonly Nad[]): FleetFinding[] {
  const uses = nads.flatMap((nad) =>
    nad.plugins
      .filter((plugin) => plugin === 'macvlan' || plugin === 'ipvlan')
      .flatMap((kind) => nad.masters.map((master) => ({ master, kind, nad }))),
  );
  return [...Map.groupBy(uses, ({ master }) => master)]
    .filter(([, of]) => new Set(of.map(({ kind }) => kind)).size > 1)
    .map(([master, of]) => ({
      code: 'nad-master-both-macvlan-ipvlan',
      severity: 'warning',
      message: `${master} carries macvlan and ipvlan networks: ${listed(idsOf(of.map(({ nad }) => nad)))}; on one node the second kind is refused with "device or resource busy"`,
      hint: 'one kind for each interface: change the type of one of these NADs, or give it another master',
      command: null,
      node: [],
      nad: idsOf(of.map(({ nad }) => nad)),
    }));
}
