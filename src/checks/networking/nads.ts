// Checks of the NADs that were given, against this node: their JSON, their plugins, their interfaces. Pure.

import { whyNamesNone } from '../../cluster/network.ts';
import type { Attachment, Network, NetworkPlugin } from '../../cluster/objects.ts';
import type { NodeFacts } from '../../facts/node-facts.ts';
import { nearest } from '../../lib/text/nearest.ts';
import {
  type Check,
  type Checks,
  listed,
  noneOf,
  ok,
  skipped,
  type CheckEnd,
  whereSeen,
  moot,
} from '../check.ts';
import type { NadId } from '../ids.ts';
import { remedyForAbsent } from '../node/plugins.ts';

export interface NetworkOfNad {
  readonly id: string;
  readonly name: string;
  readonly network: Network;
}

export function whereNads(facts: NodeFacts, decide: (nads: readonly Attachment[]) => CheckEnd): CheckEnd {
  return whereSeen(facts.cluster, ({ attachments, troubles }) => {
    if (attachments.length > 0) return decide(attachments);
    return skipped(
      troubles[0] === undefined ? 'no NAD was given' : `what was given can't be read: ${troubles[0]}`,
    );
  });
}

export function networksOfNads(nads: readonly Attachment[]): NetworkOfNad[] {
  return nads.flatMap(({ id, name, config }) =>
    config.kind === 'network' ? [{ id, name, network: config.network }] : [],
  );
}

const invalidJson: Check = {
  severity: 'error',
  means: 'the configuration of a NAD cannot be read',
  judge: (facts) =>
    whereNads(facts, (nads) => {
      const broken = nads.flatMap(({ id, config }) =>
        config.kind === 'invalid' ? [{ id, because: config.because }] : [],
      );
      const cut = facts.cluster.seen ? facts.cluster.value.troubles : [];
      if (broken.length === 0 && cut.length > 0) return skipped(`not all could be read: ${listed(cut)}`);
      return noneOf(broken, (found) => ({
        message: `the configuration of NAD ${found[0].id} can't be read: ${found[0].because}`,
        remedy: `correct it with \`${kubectl('edit', found[0].id)}\``,
        evidence: found.map(({ id, because }) => `${id}: ${because}`),
      }));
    }),
};

/** Ids are anybody's: no word of a command that is more than a name. */
function kubectl(verb: string, id: string): string {
  const [namespace = '', name = ''] = id.split('/').map((word) => word.replaceAll(/[^\w.-]/g, '?'));
  return `kubectl -n ${namespace} ${verb} network-attachment-definitions ${name}`;
}

const withoutType: Check = {
  severity: 'error',
  means: 'a NAD names no plugin: it has neither a type nor plugins with a type, or one that cannot be a name',
  judge: (facts) =>
    whereNads(facts, (nads) => {
      const wrong = networksOfNads(nads).flatMap(({ id, network }) => {
        const because = whyNamesNone(network);
        return because === undefined ? [] : [{ id, because }];
      });
      return noneOf(wrong, (found) => ({
        message: `NAD ${found[0].id} ${found[0].because}`,
        remedy: `correct it with \`${kubectl('edit', found[0].id)}\``,
        evidence: found.map(({ id, because }) => `${id} ${because}`),
      }));
    }),
};

const nameMismatch: Check = {
  severity: 'warning',
  means: 'a NAD that leaves its configuration to the node names one that is not in the conf dir',
  judge: (facts) =>
    whereNads(facts, (nads) => {
      const onNode = nads.filter(({ config }) => config.kind === 'on-node');
      if (onNode.length === 0) return ok;
      return whereSeen(facts.conf, ({ files, path }) => {
        const names = new Set(files.flatMap((file) => (file.usable ? (file.network.name ?? []) : [])));
        return noneOf(
          onNode.filter(({ name }) => !names.has(name)),
          (found) => ({
            message: `NAD ${listed(found.map(({ id }) => id))} has no configuration, and ${path} has none of that name`,
            remedy: `give it \`spec.config\`, or the node a configuration with "name": "${found[0].name}"`,
          }),
        );
      });
    }),
};

const nadAbsent: Check = {
  severity: 'error',
  means: 'a pod of this node asks for a NAD that is not among those given',
  judge: (facts) =>
    whereNads(facts, (nads) => {
      const known = new Set(nads.map(({ id }) => id));
      const pods = facts.cluster.seen ? facts.cluster.value.pods : [];
      const here = pods.filter(
        ({ node }) => facts.node === undefined || node === undefined || node === facts.node,
      );
      if (here.length === 0) return moot('no pod of this node was given');
      const missing = here.flatMap(({ id, networks }) =>
        networks.filter((network) => !known.has(network)).map((network) => ({ pod: id, network })),
      );
      return noneOf(missing, (found) => ({
        message: `pod ${found[0].pod} asks for ${found[0].network}, and there is no such NAD`,
        remedy: `create it, or correct the annotation k8s.v1.cni.cncf.io/networks of the pod; a NAD of another namespace is named namespace/name`,
        subjects: found.flatMap(({ network }) => [network, network.split('/').at(-1) ?? network]),
        evidence: found.map(({ pod, network }) => `${pod}: ${network}`),
      }));
    }),
};

const pluginAbsent: Check = {
  severity: 'error',
  means: 'a NAD wants a plugin that is not on this node: "failed to find plugin", foretold',
  judge: (facts) =>
    whereNads(facts, () => {
      if (!facts.binDir.stands.seen) return skipped(facts.binDir.stands.why);
      if (facts.binDir.stands.value.kind !== 'directory') return moot('there is no bin dir');
      const missing = facts.plugins.filter(
        ({ by, sight }) => by.some(({ who }) => who === 'nad') && sight.seen && sight.value.kind === 'absent',
      );
      return noneOf(missing, (found) => {
        const nads = found.flatMap(({ by }) => by.flatMap((one) => (one.who === 'nad' ? [one.id] : [])));
        const isKnown = found.every(({ by }) => by.some(({ who }) => who !== 'nad'));
        return {
          message: `${listed(found.map(({ name }) => name))} ${found.length === 1 ? 'is' : 'are'} not on this node, and NAD ${listed([...new Set(nads)])} wants it`,
          remedy: remedyForAbsent(found, facts),
          subjects: found.map(({ name }) => name),
          because: isKnown ? 'plugin-absent' : 'bin-dir-detached',
        };
      });
    }),
};

interface Master {
  readonly id: string;
  readonly plugin: NetworkPlugin;
  readonly master: string;
}

function mastersOf(nads: readonly Attachment[]): Master[] {
  return networksOfNads(nads).flatMap(({ id, network }) =>
    network.plugins.flatMap((plugin) =>
      plugin.master === undefined ? [] : [{ id, plugin, master: plugin.master }],
    ),
  );
}

const masterAbsent: Check = {
  severity: 'error',
  means:
    'a NAD, a configuration or the text stands on an interface that this node does not have: "Link not found", foretold',
  judge: (facts) => {
    const nads = facts.cluster.seen ? facts.cluster.value.attachments : [];
    const wanted = [
      ...mastersOf(nads).map(({ id, master }) => ({ master, by: `NAD ${id}` })),
      ...mastersInConfs(facts),
      ...facts.asked.interfaces.map((master) => ({ master, by: 'the text' })),
    ];
    if (wanted.length === 0)
      return moot('nothing that is configured or given names an interface of the node');
    return whereSeen(facts.host, ({ network }) =>
      whereSeen(network.interfaces, (interfaces) =>
        noneOf(
          wanted.filter(({ master }) => !interfaces.includes(master)),
          (found) => ({
            message: `this node has no interface ${listed([...new Set(found.map(({ master }) => master))])}, which ${listed([...new Set(found.map(({ by }) => by))])} stands on`,
            remedy: `${suggestion(found[0].master, interfaces)}; this node has ${listed(interfaces)}`,
            subjects: found.map(({ master }) => master),
          }),
        ),
      ),
    );
  },
};

function mastersInConfs({ conf }: NodeFacts): { master: string; by: string }[] {
  const files = conf.seen ? conf.value.files : [];
  return files.flatMap((file) =>
    file.usable
      ? file.network.plugins.flatMap(({ master }) =>
          master === undefined ? [] : [{ master, by: file.file }],
        )
      : [],
  );
}

function suggestion(master: string, interfaces: readonly string[]): string {
  const close = nearest(master, interfaces);
  return close === undefined
    ? 'name an interface that the node has, or keep such pods to nodes that have it with a node selector'
    : `set "master": "${close}"`;
}

const both: Check = {
  severity: 'warning',
  means:
    'one interface carries macvlan and ipvlan networks: the second kind is refused with "device or resource busy"',
  judge: (facts) =>
    whereNads(facts, (nads) => {
      const kinds = Map.groupBy(
        mastersOf(nads).filter(({ plugin }) => plugin.type === 'macvlan' || plugin.type === 'ipvlan'),
        ({ master }) => master,
      );
      const mixed = [...kinds].filter(([, uses]) => new Set(uses.map(({ plugin }) => plugin.type)).size > 1);
      return noneOf(mixed, (found) => ({
        message: `${found[0][0]} carries macvlan and ipvlan: ${listed(found[0][1].map(({ id, plugin }) => `${id} (${plugin.type ?? ''})`))}`,
        remedy:
          'one kind for each interface: change the type of one of these NADs, or give it another master',
      }));
    }),
};

export const nadChecks: Checks<NadId> = {
  'nad-invalid-json': invalidJson,
  'nad-without-type': withoutType,
  'nad-name-mismatch': nameMismatch,
  'nad-absent': nadAbsent,
  'nad-plugin-absent': pluginAbsent,
  'nad-master-absent': masterAbsent,
  'nad-master-both-macvlan-ipvlan': both,
};
