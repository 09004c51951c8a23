// Who wrote a plugin, as far as the file itself tells: what it says when it is run, and how it was built.

import { join } from 'node:path';
import { readGoBuildInfo } from '../lib/files/go-build-info.ts';
import { type ProofTerms, prove } from '../node/plugins/proof.ts';

/** A clause for a log line: `it says "CNI portmap plugin v1.6.2"; built by go1.26 from example.org/cni v1.2`. */
export async function describeWriter(binDir: string, name: string, terms: ProofTerms): Promise<string> {
  const path = join(binDir, name);
  const clauses = [await whatItSays(name, path, terms), howItWasBuilt(path)].filter(
    (clause) => clause !== '',
  );
  return clauses.length === 0 ? 'the file does not say by whom' : clauses.join('; ');
}

async function whatItSays(name: string, path: string, terms: ProofTerms): Promise<string> {
  try {
    const { saysOfItself } = await prove({ ...terms, name, path });
    return saysOfItself === '' ? '' : `it says "${saysOfItself.slice(0, 120)}"`;
  } catch {
    terms.signal.throwIfAborted();
    return '';
  }
}

function howItWasBuilt(path: string): string {
  const built = readGoBuildInfo(path);
  if (built === undefined) return '';
  const { compiler, module = built.path ?? 'an unnamed module', version, revision } = built;
  const exactly = [version, revision?.slice(0, 12)].filter((part) => part !== undefined).join(' ');
  return `built by ${compiler} from ${module}${exactly === '' ? '' : ` ${exactly}`}`;
}
