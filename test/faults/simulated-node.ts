// A node in memory, changed by the very functions that decide what happens on a real one.

import { createHash } from 'node:crypto';
import { claimsFrom } from '../../src/node/plugins/claims.ts';
import type { Inventory, Observed } from '../../src/node/plugins/inventory.ts';
import type { Ledger, StoredPlugin, PluginSet } from '../../src/node/state/ledger.ts';
import { ledgerAfter } from '../../src/node/plugins/next-ledger.ts';
import { type Action, makePlan, type Plan } from '../../src/node/plugins/plan.ts';
import type { Content, Policy, Release, Wish } from './expected-node.ts';
import type { Change } from './node-steps.ts';

export class SimulatedNode {
  readonly #contents: Map<string, Content>;
  readonly #originals = new Map<string, Content>();
  /** Newest first, as many as a node keeps. The first is the ledger: nothing here is cut off. */
  #generations: readonly Ledger[] = [];

  constructor(contents: Readonly<Record<string, Content>>) {
    this.#contents = new Map(Object.entries(contents));
  }

  get contents(): Readonly<Record<string, Content>> {
    return Object.fromEntries(this.#contents);
  }

  /** What we still hold of others' files. */
  get originals(): readonly string[] {
    return [...this.#originals.keys()];
  }

  /** What a rollback would install, without what was left to others then. */
  get earlierWish(): Wish | undefined {
    const generation = this.#generations[1]?.generation;
    if (generation === undefined) return undefined;
    const names = Object.keys(generation.plugins).filter((name) => generation.kept[name] === undefined);
    return { release: generation.version as Release, names };
  }

  async apply(change: Change): Promise<'done' | 'refused'> {
    if (change.do === 'install') return this.#install(change.wish, change.policy);
    if (change.do === 'uninstall') this.#uninstall();
    else this.#contents.set(change.name, change.content);
    return 'done';
  }

  #install(wish: Wish, policy: Policy): 'done' | 'refused' {
    const set = setOf(wish);
    const plan = this.#plan(set, policy);
    if (plan.some((action) => action.do === 'refuse')) return 'refused';
    const after = ledgerAfter({
      plan,
      set,
      ledger: this.#ledger,
      generations: this.#generations,
      claims: this.#claims(),
      inventory: this.#inventory(),
    });
    for (const action of plan) this.#carryOut(action, wish.release);
    for (const name of this.#originals.keys()) {
      if (after.originals[name] !== 'displaced') this.#originals.delete(name);
    }
    if (after !== this.#ledger) this.#generations = [after, ...this.#generations].slice(0, 2);
    return 'done';
  }

  #uninstall(): void {
    const plan = this.#plan({ plugins: {} }, 'replace');
    for (const action of plan) this.#carryOut(action, 'old');
    this.#originals.clear();
    this.#generations = [];
  }

  get #ledger(): Ledger | undefined {
    return this.#generations[0];
  }

  #plan({ plugins }: Pick<PluginSet, 'plugins'>, onConflict: Policy): Plan {
    const works = (content: Content): boolean => ['old', 'next', 'vendor'].includes(content);
    const working = [...this.#contents].filter(([, content]) => works(content)).map(([name]) => name);
    return makePlan({
      inventory: this.#inventory(),
      claims: this.#claims(),
      wanted: new Map(Object.entries(plugins)),
      onConflict,
      kept: this.#ledger?.generation.kept ?? {},
      working: new Set(working),
    });
  }

  #claims(): ReturnType<typeof claimsFrom> {
    return claimsFrom({ ledger: this.#ledger, intent: undefined, inventory: this.#inventory() });
  }

  #inventory(): Inventory {
    return new Map([...this.#contents].map(([name, content]) => [name, observed(name, content)]));
  }

  /** What placement does on a disk. */
  #carryOut(action: Action, release: Release): void {
    const { name } = action;
    const live = this.#contents.get(name) ?? 'absent';
    if (action.do === 'place') {
      if (action.preserve && !this.#originals.has(name)) this.#originals.set(name, live);
      this.#contents.set(name, release);
    } else if (action.do === 'remove' || action.do === 'restore') {
      const original = action.do === 'restore' ? this.#originals.get(name) : undefined;
      this.#contents.set(name, original ?? 'absent');
      this.#originals.delete(name);
    }
  }
}

function setOf({ release, names }: Wish): PluginSet {
  const archive = { sha256: digest(release), basis: 'given', origin: release } as const;
  const plugins = names.map((name): [string, StoredPlugin] => [
    name,
    { sha256: digest(`${release} ${name}`), size: 1000, mode: 0o755 },
  ]);
  return {
    version: release,
    platform: 'linux/any',
    archive,
    offered: names,
    plugins: Object.fromEntries(plugins),
  };
}

function observed(name: string, content: Content): Observed {
  if (content === 'absent') return { kind: 'absent' };
  if (content === 'link') return { kind: 'symlink', target: 'nowhere' };
  const size = content === 'empty' ? 0 : 1000;
  const elf =
    content === 'empty' || content === 'script'
      ? ({ kind: 'not-elf', because: content } as const)
      : ({ kind: 'elf', arch: 'any', isStatic: true, endBytes: 1000 } as const);
  return { kind: 'file', sha256: digest(`${content} ${name}`), size, mode: 0o755, elf };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
