// What happens to a node, in an order that a seed decides: the same seed, the same life.

/** What a watch does not outlive, and what it has to live through. */
export type Rough =
  | 'watch-killed'
  | 'watch-restarted'
  | 'node-rebooted'
  | 'bin-dir-replaced'
  | 'installer-killed'
  | 'uninstalled-and-installed';

export type Mild =
  | 'plugin-deleted'
  | 'plugin-truncated'
  | 'plugin-mode-0'
  | 'plugin-replaced-by-rival'
  | 'rival-deletes-for-a-while'
  | 'store-damaged'
  | 'api-turned-off-or-on'
  | 'upgraded-or-downgraded'
  | 'rolled-back'
  | 'installer-killed'
  | 'uninstalled-and-installed';

export type Happening = Rough | Mild;

/** How often in each round. The watch is killed in the first part of it only: of a short life nothing can be told. */
const rough: Readonly<Record<Rough, number>> = {
  'watch-killed': 3,
  'watch-restarted': 1,
  'node-rebooted': 1,
  'bin-dir-replaced': 1,
  'installer-killed': 1,
  'uninstalled-and-installed': 1,
};

const mild: Readonly<Record<Mild, number>> = {
  'plugin-deleted': 6,
  'plugin-truncated': 4,
  'plugin-mode-0': 4,
  'plugin-replaced-by-rival': 3,
  'rival-deletes-for-a-while': 1,
  'store-damaged': 3,
  'api-turned-off-or-on': 4,
  'upgraded-or-downgraded': 3,
  'rolled-back': 2,
  'installer-killed': 1,
  'uninstalled-and-installed': 1,
};

/** One round. @param chance from 0 up to, not including, 1 */
export function round(chance: () => number): readonly Happening[] {
  return [...shuffled(rough, chance), ...shuffled(mild, chance)];
}

function shuffled<Name extends string>(counts: Readonly<Record<Name, number>>, chance: () => number): Name[] {
  const left = (Object.keys(counts) as Name[]).flatMap((name) => Array<Name>(counts[name]).fill(name));
  const drawn: Name[] = [];
  while (left.length > 0) drawn.push(...left.splice(Math.floor(chance() * left.length), 1));
  return drawn;
}

/** One of them. */
export function oneOf<Value>(values: readonly Value[], chance: () => number): Value {
  const value = values[Math.floor(chance() * values.length)];
  if (value === undefined) throw new Error('there is none to choose from');
  return value;
}
