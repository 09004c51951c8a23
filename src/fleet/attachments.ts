// What becomes of each NAD on each class of nodes: plugins and interfaces that a node lacks, specs that a plugin does not speak. Pure.

import type { Attachment, Network, NodeView, PodView } from '../cluster/objects.ts';
import { isPluginName } from '../lib/text/plugin-name.ts';
import { isUpstreamPlugin, projectOf } from '../release/advice/shippers.ts';
import { releaseOf } from '../release/catalog.ts';
import type {
  AbsentMaster,
  FleetNode,
  MissingPlugin,
  Nad,
  NadVerdict,
  NodeClass,
  UnspokenSpec,
} from './fleet.ts';
import { problemsOf } from './attachment-problems.ts';
import { works } from './node-states.ts';
import { compareNames } from './wording.ts';

export interface Ground {
  readonly classes: readonly NodeClass[];
  readonly nodes: readonly FleetNode[];
  readonly views: readonly NodeView[];
  /** Where Multus looks, as it says in its errors. */
  readonly binDir: string;
}

/** Those that fail first, then by name. */
export function judgedAttachments(
  attachments: readonly Attachment[],
  pods: readonly PodView[],
  ground: Ground,
): readonly Nad[] {
  const uses = usesOf(pods);
  const scopes = new Scopes(ground);
  return attachments
    .map((attachment) =>
      judged(attachment, uses?.get(attachment.id) ?? (uses === undefined ? null : 0), scopes),
    )
    .toSorted((a, b) => rank(a) - rank(b) || compareNames(nadId(a), nadId(b)));
}

export function nadId({ namespace, name }: Pick<Nad, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function rank({ verdict }: Nad): number {
  return (['fails', 'unknown', 'works'] satisfies NadVerdict[]).indexOf(verdict);
}

/** Undefined where nobody has given pods that ask for networks. */
function usesOf(pods: readonly PodView[]): ReadonlyMap<string, number> | undefined {
  const ids = pods.flatMap(({ networks }) => networks);
  if (ids.length === 0) return undefined;
  return new Map([...Map.groupBy(ids, (id) => id)].map(([id, of]) => [id, of.length]));
}

/** Part of a class: the nodes of it that can have the pods of a NAD. */
interface Scope {
  readonly of: NodeClass;
  readonly nodes: readonly string[];
}

/** What is made at the first question for it, and kept. */
class Kept<Value> {
  readonly #byKey = new Map<string, Value>();

  of(key: readonly (string | undefined)[], make: () => Value): Value {
    const text = JSON.stringify(key);
    const known = this.#byKey.get(text);
    if (known !== undefined) return known;
    const value = make();
    this.#byKey.set(text, value);
    return value;
  }
}

/** Two thousand NADs ask for few resources, plugins, specs and interfaces: what becomes of each is found once. */
class Scopes {
  readonly ground: Ground;
  readonly missing = new Kept<readonly MissingPlugin[]>();
  readonly unspoken = new Kept<readonly UnspokenSpec[]>();
  readonly mastersAbsent = new Kept<readonly AbsentMaster[]>();
  readonly #byResource = new Kept<readonly Scope[]>();
  readonly #joined = new Kept<readonly string[]>();

  constructor(ground: Ground) {
    this.ground = ground;
  }

  for(resource: string | undefined): readonly Scope[] {
    return this.#byResource.of([resource], () => this.#made(resource));
  }

  #made(resource: string | undefined): Scope[] {
    const { classes, views } = this.ground;
    if (resource === undefined) return classes.map((of) => ({ of, nodes: of.nodes }));
    const having = new Set(
      views.filter(({ resources }) => resources.includes(resource)).map(({ name }) => name),
    );
    return classes
      .map((of) => ({ of, nodes: of.nodes.filter((name) => having.has(name)) }))
      .filter(({ nodes }) => nodes.length > 0);
  }

  /** One list for equal parts, however many NADs name it. */
  nodesIn(scopes: readonly Scope[], resource: string | undefined): readonly string[] {
    return this.#joined.of([resource, ...scopes.map(({ of }) => of.id)], () =>
      scopes.flatMap((scope) => scope.nodes).toSorted(compareNames),
    );
  }
}

function judged({ id, name, config, resource }: Attachment, usedByPods: number | null, scopes: Scopes): Nad {
  const network = config.kind === 'network' ? config.network : undefined;
  const wanted = network === undefined ? [] : pluginsWantedBy(network);
  const lookedAt = scopes.for(resource);
  const looked = { lookedAt, scopes, resource };
  const missing = wanted.flatMap((plugin) =>
    scopes.missing.of([plugin, resource], () => missingOf(plugin, looked)),
  );
  const specUnsupported = wanted.flatMap((plugin) =>
    scopes.unspoken.of([plugin, network?.cniVersion, resource], () =>
      unspoken(network?.cniVersion, plugin, looked),
    ),
  );
  const masters = network === undefined ? [] : mastersIn(network);
  const mastersAbsent = masters.flatMap((master) =>
    scopes.mastersAbsent.of([master, resource], () => absentMaster(master, looked)),
  );
  const problems = problemsOf(id, config);
  const fails =
    missing.length + specUnsupported.length + mastersAbsent.length > 0 ||
    problems.some(({ severity }) => severity === 'error');
  const untold = network === undefined ? 0 : countUntold(wanted, lookedAt);
  const candidates = lookedAt.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const told = candidates - untold;
  return {
    namespace: id.slice(0, id.indexOf('/')),
    name,
    verdict: fails ? 'fails' : network === undefined || told === 0 ? 'unknown' : 'works',
    cniVersion: network?.cniVersion ?? null,
    leftToNodes: config.kind === 'on-node',
    plugins: wanted,
    ipam: network?.plugins.find(({ ipam }) => ipam !== undefined)?.ipam ?? null,
    masters,
    resourceName: resource ?? null,
    usedByPods,
    missing,
    candidates,
    untold,
    specUnsupported,
    mastersAbsent,
    problems,
  };
}

/** Each once; an address manager is a plugin of its own. */
function pluginsWantedBy({ plugins }: Network): string[] {
  const types = plugins.flatMap(({ type }) => type ?? []);
  const ipams = plugins.flatMap(({ ipam }) => ipam ?? []);
  return [...new Set([...types, ...ipams])].filter(isPluginName);
}

function mastersIn({ plugins }: Network): string[] {
  return [
    ...new Set(plugins.flatMap(({ master }) => (master === undefined || master === '' ? [] : [master]))),
  ];
}

interface Looked {
  readonly lookedAt: readonly Scope[];
  readonly scopes: Scopes;
  readonly resource: string | undefined;
}

type PluginPresence = 'there' | 'absent' | 'not working' | 'untold';

function presence(plugin: string, { plugins, others, complete }: NodeClass): PluginPresence {
  const state = Object.hasOwn(plugins, plugin) ? plugins[plugin] : undefined;
  if (state === 'broken' || state === 'not-executable') return 'not working';
  if (state !== undefined) return works(state) ? 'there' : 'absent';
  if (others.includes(plugin)) return 'there';
  return complete ? 'absent' : 'untold';
}

function missingOf(plugin: string, { lookedAt, scopes, resource }: Looked): MissingPlugin[] {
  const { binDir } = scopes.ground;
  const foretold: Readonly<Partial<Record<PluginPresence, string>>> = {
    absent: `failed to find plugin "${plugin}" in path [${binDir}]`,
    'not working': `${plugin} is in ${binDir}, and cannot be run`,
  };
  return (['absent', 'not working'] as const).flatMap((kind) => {
    const where = lookedAt.filter(({ of }) => presence(plugin, of) === kind);
    if (where.length === 0) return [];
    const nodes = scopes.nodesIn(where, resource);
    const shippedBy = isUpstreamPlugin(plugin) ? null : (projectOf(plugin) ?? null);
    return [{ plugin, nodes, foretold: foretold[kind] ?? '', shippedBy }];
  });
}

/** Of a plugin of ours the catalog knows what it speaks; of others nothing is claimed. */
function unspoken(cniVersion: string | undefined, plugin: string, looked: Looked): UnspokenSpec[] {
  if (cniVersion === undefined) return [];
  const deaf = looked.lookedAt.filter(({ of }) => spokenBy(plugin, of)?.includes(cniVersion) === false);
  const [first] = deaf;
  if (first === undefined) return [];
  const speaks = spokenBy(plugin, first.of) ?? [];
  return [{ plugin, speaks, nodes: looked.scopes.nodesIn(deaf, looked.resource) }];
}

function spokenBy(plugin: string, { plugins, release }: NodeClass): readonly string[] | undefined {
  if (release === null || !Object.hasOwn(plugins, plugin) || plugins[plugin] !== 'intact') return undefined;
  const known = releaseOf(release);
  const specs = known?.specExceptions[plugin] ?? known?.specVersions;
  return specs === undefined || specs.length === 0 ? undefined : specs;
}

function countUntold(wanted: readonly string[], lookedAt: readonly Scope[]): number {
  return lookedAt
    .filter(({ of }) => wanted.some((plugin) => presence(plugin, of) === 'untold'))
    .reduce((sum, { nodes }) => sum + nodes.length, 0);
}

function absentMaster(master: string, { lookedAt, scopes }: Looked): AbsentMaster[] {
  const wanted = new Set(lookedAt.flatMap((scope) => scope.nodes));
  const lacking = scopes.ground.nodes
    .filter(({ name, interfaces }) => wanted.has(name) && interfaces?.includes(master) === false)
    .map(({ name }) => name);
  return lacking.length === 0 ? [] : [{ master, nodes: lacking }];
}
