// What a node must come to, told without looking at how the installer does it: one small history for each name.

import type { Change } from './node-steps.ts';

/** Bytes of the two releases; others may have placed the same. */
export type Release = 'old' | 'next';

/**
 * What stands under a name. `vendor` is another plugin that works; `script` is executable but no plugin; `empty` is what
 * a full disk leaves behind; `link` leads nowhere.
 */
export type Content = Release | 'vendor' | 'script' | 'empty' | 'link' | 'absent';

export const foreignContents = ['old', 'next', 'vendor', 'script', 'empty', 'link', 'absent'] as const;

export type Policy = 'replace' | 'keep' | 'fail';

/** Plugin names of one release. */
export interface Wish {
  readonly release: Release;
  readonly names: readonly string[];
}

type Ownership =
  | { readonly how: 'not-ours' }
  /** It had the wanted bytes already: it is recorded, and stays theirs. */
  | { readonly how: 'adopted'; readonly bytes: Content }
  | { readonly how: 'placed'; readonly bytes: Content; readonly original: Content };

interface Name {
  readonly live: Content;
  readonly ownership: Ownership;
}

const notOurs: Ownership = { how: 'not-ours' };

export class ExpectedNode {
  readonly #names = new Map<string, Name>();

  constructor(contents: Readonly<Record<string, Content>>) {
    for (const [name, live] of Object.entries(contents)) this.#names.set(name, { live, ownership: notOurs });
  }

  get contents(): Readonly<Record<string, Content>> {
    return Object.fromEntries([...this.#names].map(([name, { live }]) => [name, live]));
  }

  async apply(change: Change): Promise<'done' | 'refused'> {
    if (change.do === 'install') return this.#install(change.wish, change.policy);
    if (change.do === 'uninstall') this.#uninstall();
    else this.#write(change.name, change.content);
    return 'done';
  }

  /** Others write, or delete, under a name. */
  #write(name: string, live: Content): void {
    this.#names.set(name, { live, ownership: this.#at(name).ownership });
  }

  /** All names or, when one of them is another's and that is to fail, none. */
  #install({ release, names }: Wish, policy: Policy): 'done' | 'refused' {
    if (policy === 'fail' && names.some((name) => isConflict(this.#at(name), release))) return 'refused';
    const next = [...this.#names].map(([name, now]): [string, Name] => [
      name,
      names.includes(name) ? taken(now, release, policy) : givenBack(now),
    ]);
    for (const [name, after] of next) this.#names.set(name, after);
    return 'done';
  }

  #uninstall(): void {
    for (const [name, now] of this.#names) this.#names.set(name, givenBack(now));
  }

  #at(name: string): Name {
    return this.#names.get(name) ?? { live: 'absent', ownership: notOurs };
  }
}

/** An adopted plugin is ours only as long as nobody has changed it, and it has the bytes that are wanted. */
function standing({ live, ownership }: Name, release: Release): Ownership {
  if (ownership.how !== 'adopted' || live === 'absent') return ownership;
  return live === ownership.bytes && live === release ? ownership : notOurs;
}

function isConflict(now: Name, release: Release): boolean {
  return standing(now, release).how === 'not-ours' && now.live !== 'absent' && now.live !== release;
}

function taken(now: Name, release: Release, policy: Policy): Name {
  const { live } = now;
  const ownership = standing(now, release);
  const placed = (original: Content): Name => {
    return { live: release, ownership: { how: 'placed', bytes: release, original } };
  };
  if (ownership.how === 'placed') return placed(ownership.original);
  if (live === 'absent') return placed('absent');
  if (live === release) return { live, ownership: { how: 'adopted', bytes: release } };
  const stays = ownership.how === 'not-ours' && policy === 'keep' && works(live);
  return stays ? { live, ownership: notOurs } : placed(live);
}

function works(content: Content): boolean {
  return ['old', 'next', 'vendor'].includes(content);
}

/** Ours goes and what it displaced comes back; what others have put there since, in good order, stays. */
function givenBack({ live, ownership }: Name): Name {
  if (ownership.how !== 'placed') return { live, ownership: notOurs };
  const isTheirs = live !== ownership.bytes && live !== 'empty' && live !== 'absent';
  return { live: isTheirs ? live : ownership.original, ownership: notOurs };
}
