// What may happen to a node, in any order: our verbs, and others who write where we do.

import { type Arbitrary, constant, constantFrom, oneof, record, subarray } from 'fast-check';
import { type Content, foreignContents, type Policy, type Wish } from './expected-node.ts';
import { tinyNames } from './tiny-plugins.ts';

export type Step =
  | { readonly do: 'install'; readonly wish: Wish; readonly policy: Policy }
  | { readonly do: 'again' | 'rollback' | 'uninstall' }
  | { readonly do: 'write'; readonly name: string; readonly content: Content };

const name = constantFrom(...tinyNames);
const content = constantFrom<Content>(...foreignContents);

const install = record({
  do: constant('install' as const),
  wish: record({
    release: constantFrom('old' as const, 'next' as const),
    names: subarray([...tinyNames], { minLength: 1 }),
  }),
  policy: constantFrom('replace' as const, 'replace' as const, 'keep' as const, 'fail' as const),
});

const write = record({ do: constant('write' as const), name, content });

/** What was on the node before anybody of us came. */
export const contentsBefore: Arbitrary<Record<string, Content>> = record(
  Object.fromEntries(tinyNames.map((each) => [each, content])),
);

export const ourSteps: Arbitrary<Step> = oneof(
  { arbitrary: install, weight: 4 },
  record({ do: constantFrom('again' as const, 'rollback' as const) }),
  { arbitrary: record({ do: constant('uninstall' as const) }), weight: 1 },
);

export const anySteps: Arbitrary<Step> = oneof(
  { arbitrary: ourSteps, weight: 3 },
  { arbitrary: write, weight: 2 },
);

/** A step that says for itself what it does. */
export type Change =
  | {
      readonly do: 'install';
      readonly wish: Wish;
      readonly policy: Policy;
      readonly verb: 'install' | 'rollback';
    }
  | { readonly do: 'uninstall' }
  | { readonly do: 'write'; readonly name: string; readonly content: Content };

/** Of ours. */
export type Verb = Exclude<Change, { readonly do: 'write' }>;

export interface ChangeableNode {
  /** What a rollback would install; undefined where there is nothing to go back to. */
  readonly earlierWish: Wish | undefined;
  readonly apply: (change: Change) => Promise<'done' | 'refused'>;
}

/** Takes the node through the steps and, at last, an uninstall. */
export async function walk(
  node: ChangeableNode,
  steps: readonly Step[],
  afterEach: (change: Change, end: 'done' | 'refused') => Promise<void> = async () => undefined,
): Promise<void> {
  let wish: Wish | undefined;
  for (const step of [...steps, { do: 'uninstall' } as const]) {
    const change = changeOf(step, wish, node.earlierWish);
    if (change === undefined) continue;
    const end = await node.apply(change);
    if (change.do === 'uninstall') wish = undefined;
    if (change.do === 'install' && end === 'done') ({ wish } = change);
    await afterEach(change, end);
  }
}

export function changeOf(
  step: Step,
  wish: Wish | undefined,
  earlierWish: Wish | undefined,
): Change | undefined {
  switch (step.do) {
    case 'install':
      return { ...step, verb: 'install' };
    case 'again':
      return wish && { do: 'install', wish, policy: 'replace', verb: 'install' };
    case 'rollback':
      return earlierWish && { do: 'install', wish: earlierWish, policy: 'replace', verb: 'rollback' };
    case 'uninstall':
      return { do: 'uninstall' };
    case 'write':
      return step;
  }
}
