// Whether the shim of thick Multus on the node is of the release of its daemon. Pure.

import { type Check, finding, ok, whereSeen, moot } from '../check.ts';
import { multusPods } from './multus-pods.ts';

export const shimSkew: Check = {
  severity: 'warning',
  means: "the shim in the bin dir is of another release than Multus' daemon",
  judge: (facts) =>
    whereSeen(facts.shimVersion, (shim) => {
      const images = (multusPods(facts) ?? []).flatMap(({ containers }) =>
        containers.map(({ image }) => image),
      );
      const daemon = images.flatMap((image) => /:(v\d+\.\d+\.\d+)/.exec(image)?.[1] ?? [])[0];
      if (daemon === undefined)
        return moot('no pod of Multus with a release in its image was given (--nads)');
      if (daemon === shim) return ok;
      return finding({
        message: `the shim is of ${shim}, the daemon of ${daemon}`,
        remedy:
          '`kubectl -n kube-system rollout restart daemonset/kube-multus-ds`: its init container places the shim of its release',
      });
    }),
};
