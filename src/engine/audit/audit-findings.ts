// What an audit has to say of a plugin or of the store, and what to do about it. Pure.

import type { Finding } from '../../failure/finding.ts';
import type { Observed } from '../../node/plugins/inventory.ts';
import type { Action } from '../../node/plugins/plan.ts';
import type { PluginState } from '../../node/plugins/plugin-state.ts';
import type { StoredPlugin } from '../../node/state/ledger.ts';

/** All that the words depend on. */
export interface Verdict {
  readonly action: Action;
  readonly observed: Observed;
  readonly state: PluginState;
  /** Why it does not work, where it was run. */
  readonly because: string | undefined;
  readonly recorded: StoredPlugin | undefined;
  /** It was left to others, by policy. */
  readonly isKept: boolean;
  readonly isInStore: boolean;
}

/** Undefined for what is as it was left, and for what was left to others and works. */
export function pluginFinding(verdict: Verdict): Finding | undefined {
  const { action, state, isKept } = verdict;
  const { name } = action;
  const hint = remedyFor(verdict);
  switch (state) {
    case 'intact':
      return undefined;
    case 'foreign':
      return isKept ? undefined : { code: 'plugin-foreign', message: `${name} is not ours`, hint };
    case 'absent':
      return { code: 'plugin-absent', message: `${name} is not there`, hint };
    case 'changed':
      return { ...changeOf(verdict), hint };
    case 'not-executable':
      return { code: 'plugin-not-executable', message: `${name} has lost its execute bit`, hint };
    case 'broken':
      return { code: 'plugin-broken', message: whyBroken(verdict), hint };
  }
}

function changeOf({ action, observed, recorded }: Verdict): Pick<Finding, 'code' | 'message'> {
  const { name } = action;
  if (observed.kind === 'symlink') {
    return { code: 'plugin-changed', message: `${name} is now a link to ${observed.target}` };
  }
  if (action.do === 'place' && action.because === 'other-mode' && observed.kind === 'file') {
    const [has, wanted] = [observed.mode, recorded?.mode ?? 0].map((mode) => mode.toString(8));
    return { code: 'plugin-mode-changed', message: `${name} has the mode ${has}, wanted ${wanted}` };
  }
  if (action.do === 'place' && action.because === 'other-version') {
    return { code: 'plugin-changed', message: `${name} is of a set whose installation was cut off` };
  }
  return { code: 'plugin-changed', message: `${name} works, but has other bytes than we placed` };
}

function whyBroken({ action: { name }, observed, because }: Verdict): string {
  if (observed.kind === 'directory') return `a directory is in the place of ${name}`;
  if (observed.kind === 'special') return `what is in the place of ${name} is not a regular file`;
  return because ?? `${name} does not work`;
}

/** What the next install would do, in the words of what to do now. */
function remedyFor({ action, recorded, isInStore }: Verdict): string {
  switch (action.do) {
    case 'place':
      if (action.preserve) return 'run install to take it over, or leave it out with --skip';
      if (recorded === undefined) return 'run install to place it, or leave it out with --skip';
      return isInStore
        ? 'run install again; it repairs from the store of the node, without a network'
        : "run install again with the archive within reach; the store's copy is missing or damaged";
    case 'adopt':
      return 'run install; it has the very bytes that are wanted, and is recorded without being touched';
    case 'keep':
      return 'install leaves it to whoever placed it, by --on-conflict=keep; --on-conflict=replace takes it over';
    case 'refuse':
      return action.because === 'conflict'
        ? 'install refuses to replace it, by --on-conflict=fail; --on-conflict=replace takes it over, --skip leaves it out'
        : 'move it out of the way and run install again, or leave the name out with --skip';
    case 'leave':
      return action.as === 'kept'
        ? 'see what its owner did to it, or take it over with --on-conflict=replace'
        : 'its bytes are the right ones: see what keeps it from running on this node';
    case 'remove':
    case 'restore':
    case 'disown':
      return 'run install again; it is no longer wanted';
  }
}

export function damagedBlob(name: string, path: string): Finding {
  return {
    code: 'store-damaged',
    message: `the store's copy of ${name} is missing or damaged: ${path}`,
    // An install that finds every plugin in place reads no archive.
    hint: `remove ${name} from the bin dir, and run install with the archive at hand: it places it anew and fills the store again`,
  };
}

export function damagedSpare(name: string, path: string): Finding {
  return {
    code: 'spare-store-damaged',
    message: `the spare store's copy of ${name} is missing or damaged: ${path}`,
    hint: 'remove that file, if it is there; the next install fills it again',
  };
}

export function missingOriginal(name: string, path: string): Finding {
  return {
    code: 'original-missing',
    message: `what ${name} displaced is no longer at ${path}`,
    hint: 'uninstall leaves ours there, for it cannot give that one back',
  };
}
