// What a plugin tells of itself: its version and spec versions when it is run, and the Go module it was built from.

import { type GoBuildInfo, readGoBuildInfo } from '../../lib/files/go-build-info.ts';
import type { Introduced } from '../state/ledger.ts';
import type { ProofTerms, Trial } from './proof.ts';
import { type Candidates, tryAll } from './proofs.ts';

/** What is known of one that others placed. A program can be told to say anything: these are words, not proof. */
export interface Introduction extends Introduced {
  /** The line it prints when it is run; undefined for one that was not run, or does not work. */
  readonly says: string | undefined;
  /** Undefined for what is no Go program. */
  readonly built: GoBuildInfo | undefined;
  /** Why it could not even be tried from here. */
  readonly untried?: string;
}

/** Whoever only wants to know a name does not wait as long as whoever wants to use the plugin. */
const introductionPatienceMs = 3_000;

/** Runs each, some at once, and reads how it was built. One that does not work is introduced by what its file says. */
export async function introduceAll(
  candidates: Candidates,
  terms: Omit<ProofTerms, 'patienceMs'>,
): Promise<ReadonlyMap<string, Introduction>> {
  const paths = [...candidates];
  const trials = await tryAll(paths, { ...terms, patienceMs: introductionPatienceMs });
  return new Map(paths.map(([name, path]) => [name, introductionBy(trials.get(name), path)]));
}

/** One that was tried already. */
export function introductionBy(trial: Trial | undefined, path: string): Introduction {
  const built = readGoBuildInfo(path);
  const spoken = trial?.works === true ? trial.proof : undefined;
  const version = versionIn(spoken?.saysOfItself ?? '') ?? releasedVersion(built?.version);
  return {
    ...(version !== undefined && { version }),
    specVersions: plainVersions(spoken?.specVersions ?? []),
    says: spoken?.saysOfItself,
    built,
    ...(trial?.works === 'unknown' && { untried: trial.because }),
  };
}

/** What of it is recorded of a plugin that is kept. */
export function introducedBy({ version, specVersions }: Introduction): Introduced {
  return { ...(version !== undefined && { version }), specVersions };
}

/** No more than a real plugin has to say: this goes into the ledger and the report. */
function plainVersions(versions: readonly string[]): readonly string[] {
  return versions.filter((version) => /^\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(version)).slice(0, 16);
}

/** `v1.6.2` of `CNI macvlan plugin v1.6.2`; undefined where no version is named. */
export function versionIn(saysOfItself: string): string | undefined {
  return /\bv\d+\.\d+\.\d+[\w.+-]{0,40}/.exec(saysOfItself)?.[0];
}

/** What was built in its own source tree calls itself `(devel)`. */
function releasedVersion(version: string | undefined): string | undefined {
  return version === undefined || !/^v\d[\w.+-]{0,60}$/.test(version) ? undefined : version;
}

/** `macvlan (v1.6.2 of github.com/containernetworking/plugins)`, as far as it is known. Pure. */
export function nameWith(name: string, { version, built }: Introduction): string {
  const known = [version, built?.module === undefined ? undefined : `of ${built.module}`].filter(Boolean);
  return known.length === 0 ? name : `${name} (${known.join(' ')})`;
}

/** A clause for a log line: `it says "CNI portmap plugin v1.6.2"; built by go1.26 from example.org/cni v1.2`. Pure. */
export function writerBy({ says, built }: Introduction): string {
  const clauses = [says && `it says "${says.slice(0, 120)}"`, built && howItWasBuilt(built)].filter(Boolean);
  return clauses.length === 0 ? 'the file does not say by whom' : clauses.join('; ');
}

function howItWasBuilt({ compiler, path, module, version, revision }: GoBuildInfo): string {
  const exactly = [version, revision?.slice(0, 12)].filter((part) => part !== undefined).join(' ');
  return `built by ${compiler} from ${module ?? path ?? 'an unnamed module'}${exactly === '' ? '' : ` ${exactly}`}`;
}
