// Every state that a name in the bin dir can be in: what stands there, and what of it we claim.

import { type Observed, type ObservedFile, unreadDigest } from '../../../../src/node/plugins/inventory.ts';
import type { Claim } from '../../../../src/node/plugins/plan.ts';

export const wantedBytes = 'a'.repeat(64);
export const olderBytes = 'b'.repeat(64);
export const otherBytes = 'c'.repeat(64);
export const name = 'macvlan';

export function file(facts: Partial<ObservedFile> = {}): ObservedFile {
  return {
    kind: 'file',
    sha256: wantedBytes,
    size: 5000,
    mode: 0o755,
    elf: { kind: 'elf', arch: 'amd64', isStatic: true, endBytes: 5000 },
    ...facts,
  };
}

export function claim(facts: Partial<Claim> = {}): Claim {
  return { sha256: wantedBytes, mode: 0o755, original: 'nothing', ...facts };
}

/** What is known of one name. */
export interface State {
  readonly observed: Observed;
  readonly claim?: Claim;
  /** Under `keep`: it was run and works. */
  readonly works?: boolean;
}

const zeroBytes = file({ sha256: otherBytes, size: 0, elf: { kind: 'not-elf', because: 'it is empty' } });

/** By a root without capabilities. */
function unread(mode: number): ObservedFile {
  return file({ sha256: unreadDigest, mode, elf: { kind: 'not-elf', because: 'nobody may read it' } });
}

export const states = {
  absent: { observed: { kind: 'absent' } },
  'ours, vanished': { observed: { kind: 'absent' }, claim: claim() },
  'ours, intact': { observed: file(), claim: claim() },
  'ours, of an older release': {
    observed: file({ sha256: olderBytes }),
    claim: claim({ sha256: olderBytes }),
  },
  'ours, changed': { observed: file({ sha256: otherBytes }), claim: claim() },
  'ours, cut to zero bytes': { observed: zeroBytes, claim: claim() },
  'ours, not executable': { observed: file({ mode: 0o644 }), claim: claim() },
  'ours, hidden from everybody': { observed: unread(0), claim: claim() },
  'ours over an original, hidden from everybody': {
    observed: unread(0),
    claim: claim({ original: 'displaced' }),
  },
  'ours, readable by somebody else only': { observed: unread(0o600), claim: claim() },
  'ours, with other permission bits': { observed: file({ mode: 0o4777 }), claim: claim() },
  'ours, now a symbolic link': { observed: { kind: 'symlink', target: 'cni' }, claim: claim() },
  'ours, now a directory': { observed: { kind: 'directory' }, claim: claim() },
  'adopted, intact': { observed: file({ mode: 0o775 }), claim: claim({ original: 'equal' }) },
  'adopted, of an older release': {
    observed: file({ sha256: olderBytes }),
    claim: claim({ sha256: olderBytes, original: 'equal' }),
    works: true,
  },
  'adopted, changed since': {
    observed: file({ sha256: otherBytes }),
    claim: claim({ original: 'equal' }),
    works: true,
  },
  'ours over an original': { observed: file(), claim: claim({ original: 'displaced' }) },
  'ours over an original, vanished': {
    observed: { kind: 'absent' },
    claim: claim({ original: 'displaced' }),
  },
  'ours over an original, changed': {
    observed: file({ sha256: otherBytes }),
    claim: claim({ original: 'displaced' }),
  },
  'foreign, equal': { observed: file({ mode: 0o775 }) },
  'foreign, equal, not executable': { observed: file({ mode: 0o644 }) },
  'foreign, different': { observed: file({ sha256: otherBytes }), works: true },
  'foreign, broken': { observed: zeroBytes },
  'symbolic link, live': { observed: { kind: 'symlink', target: '/usr/libexec/cni/macvlan' }, works: true },
  'symbolic link, dangling': { observed: { kind: 'symlink', target: '/nowhere' } },
  directory: { observed: { kind: 'directory' } },
  'FIFO or device': { observed: { kind: 'special' } },
} as const satisfies Record<string, State>;

export type StateName = keyof typeof states;
