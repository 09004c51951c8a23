// The check of what plugins answer when they are asked for their STATUS. Pure.

import type { NodeFacts } from '../../facts/node-facts.ts';
import type { Status, PluginStatus } from '../../facts/status-sight.ts';
import { type Check, type Checks, listed, moot, noneOf, skipped } from '../check.ts';
import type { CheckId, StatusId } from '../ids.ts';

type Refused = PluginStatus & { readonly status: Extract<Status, { ready: false }> };

function isRefused(answer: PluginStatus): answer is Refused {
  return !answer.status.ready;
}

/** By the CNI spec: it can't serve ADD; with 51 the pods that are there may be cut off as well. */
function cantServe({ status }: Refused): boolean {
  return status.code === 50 || status.code === 51;
}

function causeOfRefusal({ plugin, by, status }: Refused): CheckId | undefined {
  if (plugin === 'multus-shim') return 'multus-daemon-down';
  if (!/failed to find plugin/.test(status.says)) return undefined;
  return by.startsWith('NAD ') ? 'nad-plugin-absent' : 'plugin-absent';
}

function remedyForRefusal(refused: Refused, { node }: NodeFacts): string {
  const { plugin, by } = refused;
  if (cantServe(refused)) {
    return `start what ${plugin} waits for, mostly the daemon of its project: \`kubectl get pods --all-namespaces --field-selector spec.nodeName=${node ?? 'NODE'}\` shows what does not run here`;
  }
  return `put right what it says; where pods get that network all the same, \`"cniVersion": "1.0.0"\` in ${by} keeps the runtime from asking`;
}

function evidenceOfRefusal({ plugin, by, status }: Refused): string {
  const code = status.code === undefined ? '' : ` (code ${status.code})`;
  return `${plugin}, for ${by}: ${status.says}${code}`;
}

const pluginStatus: Check = {
  severity: 'error',
  means:
    'a plugin says, asked with `--active` for its STATUS, that it could not give a pod its network now: newer runtimes then call the node not ready',
  judge: (facts) => {
    const { status } = facts;
    if (status === undefined) return moot('nobody asked for it (--active)');
    if (!status.seen) {
      return skipped(
        status.why,
        'run `doctor --active` with the rights to enter the host, as in a debug container with `--profile=sysadmin`',
      );
    }
    if (status.value.length === 0) {
      return moot('no plugin that works here is called for by a configuration of CNI 1.1.0 or later');
    }
    return noneOf(status.value.filter(isRefused), (found) => {
      const [first] = found;
      const because = causeOfRefusal(first);
      return {
        message: `${listed([...new Set(found.map(({ plugin }) => plugin))])} could not give a pod its network now; ${first.plugin} says: ${first.status.says}`,
        remedy: remedyForRefusal(first, facts),
        subjects: found.map(({ plugin }) => plugin),
        evidence: found.map(evidenceOfRefusal),
        severity: found.some((one) => cantServe(one) || !one.by.startsWith('NAD ')) ? 'error' : 'warning',
        ...(because !== undefined && { because }),
      };
    });
  },
};

export const statusChecks: Checks<StatusId> = { 'plugin-status': pluginStatus };
