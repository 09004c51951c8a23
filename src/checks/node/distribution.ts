// Notes on the kind of node: what its distribution needs to be told. Pure.

import type { NodeFacts } from '../../facts/node-facts.ts';
import { type Check, type Checks, finding, ok, type CheckEnd, whereSeen } from '../check.ts';
import type { DistributionId } from '../ids.ts';

function whereRelease(facts: NodeFacts, decide: (of: ReadonlyMap<string, string>) => CheckEnd): CheckEnd {
  return whereSeen(facts.host, ({ files }) => whereSeen(files.osRelease, decide));
}

/** A note where os-release(5) has one of these ids. */
function distribution(ids: readonly string[], means: string, remedy: string): Check {
  return {
    severity: 'note',
    means,
    judge: (facts) =>
      whereRelease(facts, (release) => {
        const id = release.get('ID') ?? '';
        if (!ids.includes(id)) return ok;
        return finding({ message: `this node is ${release.get('PRETTY_NAME') ?? id}: ${means}`, remedy });
      }),
  };
}

const wsl: Check = {
  severity: 'note',
  means: 'after each start of WSL its mounts are private again',
  judge: (facts) =>
    whereSeen(facts.host, ({ kernel }) =>
      whereSeen(kernel.release, (release) =>
        /microsoft/i.test(release)
          ? finding({
              message: `this node is WSL (${release}): its mounts are private again after each start`,
              remedy:
                'leave --share-mounts at rshared: our init container shares them at each start of Multus',
            })
          : ok,
      ),
    ),
};

const lxc: Check = {
  severity: 'note',
  means: 'the node is a container itself: its mounts may belong to a user namespace that may not share them',
  judge: (facts) =>
    whereSeen(facts.host, ({ initCgroup }) =>
      whereSeen(initCgroup, (cgroup) =>
        /\/(lxc|lxc\.payload|docker|incus)[./]/.test(`${cgroup}/`)
          ? finding({
              message: 'this node is a container itself (LXC or alike)',
              remedy:
                'share the mounts on its host: `lxc config set NAME security.privileged true`, or `mount --make-rshared /` in it at its start',
            })
          : ok,
      ),
    ),
};

/** k3s and RKE2 name their own directory to their containerd. */
const k3s: Check = {
  severity: 'note',
  means: 'k3s and RKE2 may have their plugins in a directory of their own',
  judge: (facts) =>
    whereSeen(facts.host, ({ processes }) => {
      const found = processes.find(({ name }) => /^(k3s|rke2)/.test(name));
      if (found === undefined) return ok;
      return whereSeen(facts.binDir.hostPath, (own) => {
        if (found.name.startsWith('rke2') || own.startsWith('/var/lib/rancher/')) return ok;
        return finding({
          message: `this node is k3s, whose plugins are in /var/lib/rancher/k3s/data/cni, and ${facts.binDir.path} is ${own}`,
          remedy: '`distribution=k3s` with our chart',
          because: 'bin-dir-not-runtimes',
        });
      });
    }),
};

export const distributionChecks: Checks<DistributionId> = {
  wsl2: wsl,
  lxc,
  'openshift-managed': distribution(
    ['rhcos', 'scos'],
    'OpenShift brings Multus and the plugins itself, and puts back what others change',
    'let OpenShift manage them: remove ours with `cni-plugins-installer uninstall`',
  ),
  talos: distribution(
    ['talos'],
    'what is placed in /opt/cni/bin of Talos is gone after a reboot, and comes back with the pod',
    'nothing to do while our init container runs in the pod of Multus; with our chart `distribution=talos`',
  ),
  'nixos-wipes': distribution(
    ['nixos'],
    'the kubelet of NixOS empties /opt/cni/bin at each of its starts',
    'run `watch` on it, or add the plugins to `services.kubernetes.kubelet.cni.packages`',
  ),
  'rke2-k3s-path': k3s,
};
