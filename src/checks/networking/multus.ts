// Checks of Multus on this node: which configuration wins, its credentials, its daemon, what it waits for. Pure.

import { textIn } from '../../cluster/json-value.ts';
import { multusSettings } from '../../facts/cni-conf.ts';
import type { ConfDirFacts, NodeFacts } from '../../facts/node-facts.ts';
import {
  type Check,
  type Checks,
  finding,
  listed,
  noneOf,
  ok,
  type CheckEnd,
  whereSeen,
  moot,
} from '../check.ts';
import { unusableOf } from './cni-conf.ts';
import type { MultusId } from '../ids.ts';
import { credentialChecks } from './multus-credentials.ts';
import { multusPods } from './multus-pods.ts';
import { shimSkew } from './multus-shim.ts';

function pluginIsThere(facts: NodeFacts, name: string): boolean {
  return facts.binDir.names.seen && facts.binDir.names.value.includes(name);
}

/** Its plugin lies in the bin dir, one of its configurations in the conf dir, or somebody wants an attachment. */
function isExpected(facts: NodeFacts, { files }: ConfDirFacts): boolean {
  return (
    files.some(({ isOfMultus }) => isOfMultus) ||
    pluginIsThere(facts, 'multus') ||
    pluginIsThere(facts, 'multus-shim')
  );
}

const noMultus = moot('nothing here says that the node has Multus');

const notFirst: Check = {
  severity: 'error',
  means:
    "the runtime takes another configuration than Multus', so pods get no further networks, and no error",
  judge: (facts) =>
    whereSeen(facts.conf, (conf) => {
      const [first, ...others] = conf.files;
      if (!isExpected(facts, conf)) return noMultus;
      if (first === undefined) return moot('there is no configuration at all');
      if (first.isOfMultus) return ok;
      const own = others.find(({ isOfMultus }) => isOfMultus);
      return finding({
        message:
          own === undefined
            ? `the plugin of Multus is here, but ${conf.path} has no configuration of it: ${first.file} wins`
            : `the runtime takes ${first.file} and not ${own.file}, which comes behind it`,
        remedy:
          own === undefined
            ? "see the log of Multus' pod on this node: it writes 00-multus.conf once it is up"
            : `\`mv ${own.file} 00-multus.conf\` in the conf dir of the host, or the name that Multus gives it (multusConfigFile)`,
        because: 'multus-conf-unreadable',
      });
    }),
};

const confUnreadable: Check = {
  severity: 'error',
  means: 'the configuration of Multus cannot be used',
  judge: ({ conf }) =>
    whereSeen(conf, ({ files }) =>
      noneOf(unusableOf(files, true), (found) => ({
        message: `${found[0].file} can't be used: ${found[0].because}`,
        remedy: `\`rm ${found[0].file}\` in the conf dir of the host, and restart Multus' pod: it writes it again`,
      })),
    ),
};

const daemonDown: Check = {
  severity: 'error',
  means: "nobody answers at the socket of thick Multus' daemon: no pod starts",
  judge: (facts) =>
    whereSeen(facts.conf, ({ files }) => {
      const shim = files
        .map((file) => multusSettings(file))
        .find((own) => textIn(own ?? {}, 'type') === 'multus-shim');
      if (shim === undefined) return moot('no configuration uses the shim of thick Multus');
      const socket = `${textIn(shim, 'daemonSocketDir') ?? '/run/multus'}/multus.sock`.replaceAll(
        /\/+/g,
        '/',
      );
      return whereSeen(facts.host, ({ network }) =>
        whereSeen(network.listening, (paths) =>
          // The daemon calls it by its own mounts, such as /host/run/multus/multus.sock.
          paths.some((path) => path.endsWith(socket))
            ? ok
            : finding({
                message: `nobody listens at ${socket} of the host`,
                remedy:
                  "see Multus' pod on this node: `kubectl -n kube-system logs` of it, and whether it was OOMKilled",
                because: 'multus-oom',
              }),
        ),
      );
    }),
};

const oom: Check = {
  severity: 'warning',
  means: 'a pod of Multus ran out of memory',
  judge: (facts) => {
    const pods = multusPods(facts);
    if (pods === undefined || pods.length === 0) return moot('no pod of Multus was given (--nads)');
    const killed = pods.filter(({ containers }) => containers.some(({ lastEnd }) => lastEnd === 'OOMKilled'));
    return noneOf(killed, (found) => ({
      message: `${listed(found.map(({ id }) => id))} was killed for want of memory${found.some(({ qosClass }) => qosClass === 'Burstable') ? ', and its QoS class is Burstable' : ''}`,
      remedy:
        'give it more memory, the request equal to the limit; with our chart `multus.resources`, with kustomize the component `guaranteed`',
    }));
  },
};

function settingNamesFile(facts: NodeFacts, setting: string, decide: (value: string) => CheckEnd): CheckEnd {
  return whereSeen(facts.conf, ({ files }) => {
    const named = files.flatMap((file) => textIn(multusSettings(file) ?? {}, setting) ?? [])[0];
    return named === undefined || named === ''
      ? moot(`no configuration of Multus has ${setting}`)
      : decide(named);
  });
}

/** In the conf dir that we have, or in the host's own root directory. */
function fileIsThere(
  facts: NodeFacts,
  path: string,
): { seen: true; value: boolean } | { seen: false; why: string } {
  const files = facts.conf.seen ? facts.conf.value.files.map(({ file }) => file) : [];
  const [, name] = /\/net\.d\/([^/]+)$/.exec(path) ?? [];
  if (name !== undefined && files.includes(name)) return { seen: true, value: true };
  if (!facts.host.seen) return facts.host;
  return facts.host.value.files.there.get(path) ?? { seen: false, why: `${path} was not looked for` };
}

const readiness: Check = {
  severity: 'error',
  means: 'a file that Multus waits for is not there: the primary CNI has not written it',
  judge: (facts) =>
    settingNamesFile(facts, 'readinessindicatorfile', (path) =>
      whereSeen(fileIsThere(facts, path), (there) =>
        there
          ? ok
          : finding({
              message: `${path} is not on the host, and Multus waits for it`,
              subjects: [path],
              remedy:
                "see the pod of the cluster's network provider on this node: it writes that file when it is ready",
            }),
      ),
    ),
};

const clusterNetwork: Check = {
  severity: 'error',
  means: 'the `clusterNetwork` of Multus leads to nothing: neither a file, nor a configuration, nor a NAD',
  judge: (facts) =>
    settingNamesFile(facts, 'clusterNetwork', (wanted) => {
      if (wanted.startsWith('/')) {
        return whereSeen(fileIsThere(facts, wanted.replace(/^\/host\//, '/')), (there) =>
          verdictOn(there, wanted),
        );
      }
      const files = facts.conf.seen ? facts.conf.value.files : [];
      if (files.some((file) => file.usable && file.network.name === wanted)) return ok;
      return whereSeen(facts.cluster, ({ attachments }) =>
        verdictOn(
          attachments.some(({ name }) => name === wanted),
          wanted,
        ),
      );
    }),
};

function verdictOn(there: boolean, wanted: string): CheckEnd {
  if (there) return ok;
  return finding({
    message: `the clusterNetwork of Multus is ${wanted}, and there is no such thing`,
    remedy:
      'correct `clusterNetwork`: the path of a file on the host, or the name of a NAD in the namespace of Multus',
  });
}

export const multusChecks: Checks<MultusId> = {
  'multus-not-first': notFirst,
  'multus-conf-unreadable': confUnreadable,
  ...credentialChecks,
  'multus-daemon-down': daemonDown,
  'multus-oom': oom,
  'multus-shim-version-skew': shimSkew,
  'readiness-indicator-absent': readiness,
  'cluster-network-absent': clusterNetwork,
};
