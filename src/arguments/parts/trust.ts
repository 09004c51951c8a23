// By whose word an archive is recognised: the operator's digests, or the release's own sidecar.

import { type Arch, architectures } from '../../lib/architecture.ts';
import { type DigestAlgorithm, digestAlgorithms, hexLength } from '../../lib/files/digest.ts';
import type { Trust } from '../../release/expectation.ts';
import { usage } from '../option-value.ts';
import type { OptionReader } from '../option-reader.ts';

type TrustReader = OptionReader<DigestAlgorithm | 'trust-sidecar'>;

/**
 * For one platform. Digests that leave it out are an error, not a reason to fall back to the catalog: the operator said
 * what to expect, and not for this machine.
 */
export function trustOf(read: TrustReader, arch: Arch): Trust {
  const trust = trustAsGiven(read, arch);
  for (const algorithm of digestAlgorithms) requireSome(read, algorithm, trust.given[algorithm], arch);
  return trust;
}

/** For every platform; one that the digests leave out has none. */
export function trustsOf(read: TrustReader): ReadonlyMap<Arch, Trust> {
  return new Map(architectures.map((arch) => [arch, trustAsGiven(read, arch)]));
}

function trustAsGiven(read: TrustReader, arch: Arch): Trust {
  const digests = (algorithm: DigestAlgorithm): readonly string[] =>
    givenDigests(read, algorithm).flatMap(({ platform, hex }) => ((platform ?? arch) === arch ? hex : []));
  return {
    given: { sha256: digests('sha256'), sha512: digests('sha512') },
    sidecar: read.boolean('trust-sidecar'),
  };
}

interface GivenDigest {
  /** Undefined: any. */
  readonly platform: string | undefined;
  readonly hex: string;
}

function givenDigests(
  read: OptionReader<DigestAlgorithm>,
  algorithm: DigestAlgorithm,
): readonly GivenDigest[] {
  const wanted = `${hexLength[algorithm]} hex digits, or a list such as amd64=<hex>,arm64=<hex>`;
  return (read.list(algorithm) ?? []).map((item) => {
    const [, platform, hex = ''] = /^(?:(?:linux\/)?([a-z0-9]+)=)?([0-9A-Fa-f]+)$/.exec(item) ?? [];
    if (hex.length !== hexLength[algorithm]) throw read.refusal(algorithm, `has "${item}"`, wanted);
    return { platform, hex: hex.toLowerCase() };
  });
}

function requireSome(
  read: OptionReader<DigestAlgorithm>,
  algorithm: DigestAlgorithm,
  here: readonly string[],
  arch: Arch,
): void {
  const given = read.given(algorithm);
  if (given === undefined || here.length > 0) return;
  const platforms = givenDigests(read, algorithm).map(({ platform }) => platform);
  throw usage(
    'digest-of-other-platforms',
    `${given.by} has digests for ${platforms.join(', ')}, but none for the platform ${arch}`,
    `add ${arch}=<hex>`,
  );
}
