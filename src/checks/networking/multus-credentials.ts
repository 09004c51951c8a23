// Checks of what Multus asks the API server with: there, still good, and for the right address. Pure.

import type { KubeconfigFacts, NodeFacts } from '../../facts/node-facts.ts';
import { type Check, type CheckEnd, type Checks, finding, moot, ok, whereSeen } from '../check.ts';
import type { MultusId } from '../ids.ts';

function whereKubeconfig(facts: NodeFacts, decide: (file: KubeconfigFacts) => CheckEnd): CheckEnd {
  return whereSeen(facts.conf, ({ kubeconfig }) => {
    if (kubeconfig === undefined) return moot('no configuration of Multus names a kubeconfig');
    return whereSeen(kubeconfig, decide);
  });
}

const whereThere = (facts: NodeFacts, decide: (file: KubeconfigFacts) => CheckEnd): CheckEnd =>
  whereKubeconfig(facts, (file) => (file.there ? decide(file) : moot('the kubeconfig is not there')));

const restart = "restart Multus' pod on this node: it writes the kubeconfig anew";

const kubeconfigAbsent: Check = {
  severity: 'error',
  means: "the kubeconfig that Multus' configuration names is not there",
  judge: (facts) =>
    whereKubeconfig(facts, ({ path, there }) =>
      there ? ok : finding({ message: `${path} is not there`, remedy: restart }),
    ),
};

const soonMs = 10 * 60_000;

function lifeOf({ tokenEndsMs }: KubeconfigFacts, nowMs: number): number | undefined {
  return tokenEndsMs === undefined ? undefined : tokenEndsMs - nowMs;
}

const tokenExpired: Check = {
  severity: 'error',
  means:
    'the token that Multus asks the API server with is no longer good: "Unauthorized", and no pod starts',
  judge: (facts) =>
    whereThere(facts, (file) => {
      const lifeMs = lifeOf(file, facts.nowMs);
      if (lifeMs === undefined) return moot(`${file.path} has no token that says when it ends`);
      if (lifeMs > 0) return ok;
      return finding({
        message: `the token in ${file.path} ended ${minutes(-lifeMs)} ago`,
        remedy: restart,
      });
    }),
};

const tokenEndsSoon: Check = {
  severity: 'warning',
  means: 'the token that Multus asks the API server with is about to end, and nobody has renewed it',
  judge: (facts) =>
    whereThere(facts, (file) => {
      const lifeMs = lifeOf(file, facts.nowMs);
      if (lifeMs === undefined) return moot(`${file.path} has no token that says when it ends`);
      if (lifeMs <= 0 || lifeMs > soonMs) return ok;
      return finding({
        message: `the token in ${file.path} ends in ${minutes(lifeMs)}; one that is renewed has more than that left`,
        remedy: restart,
      });
    }),
};

function minutes(ms: number): string {
  const count = Math.max(1, Math.round(ms / 60_000));
  return count < 120 ? `${count} min` : `${Math.round(count / 60)} h`;
}

const serverChanged: Check = {
  severity: 'error',
  means: 'the address of the API server that Multus asks is not the one that pods are told',
  judge: (facts) =>
    whereThere(facts, ({ server, path }) => {
      const { apiServer } = facts.own;
      if (apiServer === undefined) return moot('outside a pod nobody tells the address of the API server');
      if (server === undefined) return moot(`${path} names no server`);
      if (addressOf(server) === addressOf(apiServer)) return ok;
      return finding({ message: `${path} asks ${server}, but pods are told ${apiServer}`, remedy: restart });
    }),
};

/** Multus writes an address in brackets, whatever its kind. */
function addressOf(server: string): string {
  return server.replaceAll(/[[\]]/g, '').replace(/\/$/, '');
}

export const credentialChecks: Checks<
  Extract<MultusId, 'multus-kubeconfig-absent' | `multus-token-${string}` | 'multus-server-changed'>
> = {
  'multus-kubeconfig-absent': kubeconfigAbsent,
  'multus-token-expired': tokenExpired,
  'multus-token-expires-soon': tokenEndsSoon,
  'multus-server-changed': serverChanged,
};
