// Names and numbers in the sentences and commands of a fleet. Pure; every name is anybody's.

/** A word of a command: no more than a name, whatever the cluster calls it. */
export function shellWord(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '?');
}

/** `1 node`, `4 988 nodes`. */
export function countOf(count: number, noun: string): string {
  return `${spaced(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Thousands apart. */
export function spaced(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** `kubectl -n NAMESPACE VERB NAME`, of `namespace/name`. */
export function kubectlOn(id: string, verb: string): string {
  const [namespace = '', name = ''] = id.split('/').map(shellWord);
  return `kubectl -n ${namespace} ${verb} ${name}`;
}

/** Every pod of ours, with its node. */
export const ourPods = 'kubectl get pods -A -o wide -l app.kubernetes.io/part-of=cni-plugins-installer';

/** In an order that people count in: node-2 before node-10. */
export function inOrder(names: Iterable<string>): string[] {
  return [...names].sort(compareNames);
}

const collator = new Intl.Collator('en', { numeric: true });

export function compareNames(a: string, b: string): number {
  return collator.compare(a, b);
}
