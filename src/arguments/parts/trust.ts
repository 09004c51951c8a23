// By whose word an archive is recognised: the operator's digests, or the release's own sidecar.

import type { Arch } from '../../lib/architecture.ts';
import { type DigestAlgorithm, hexLength } from '../../lib/files/digest.ts';
import type { Trust } from '../../release/expectation.ts';
import { usage } from '../option-value.ts';
import type { OptionReader } from '../option-reader.ts';

export function trustOf(read: OptionReader<DigestAlgorithm | 'trust-sidecar'>, arch: Arch): Trust {
  return {
    given: { sha256: digestsOf(read, 'sha256', arch), sha512: digestsOf(read, 'sha512', arch) },
    sidecar: read.boolean('trust-sidecar'),
  };
}

/**
 * The digests given for one platform. A map without this platform is an error, not a reason to fall back to the
 * catalog: the operator said what to expect, and not for this machine.
 */
function digestsOf(
  read: OptionReader<DigestAlgorithm>,
  algorithm: DigestAlgorithm,
  arch: Arch,
): readonly string[] {
  const given = read.given(algorithm);
  if (given === undefined) return [];
  const wanted = `${hexLength[algorithm]} hex digits, or a list such as amd64=<hex>,arm64=<hex>`;
  const entries = (read.list(algorithm) ?? []).map((item) => {
    const [, platform = arch, hex = ''] = /^(?:(?:linux\/)?([a-z0-9]+)=)?([0-9A-Fa-f]+)$/.exec(item) ?? [];
    if (hex.length !== hexLength[algorithm]) throw read.refusal(algorithm, `has "${item}"`, wanted);
    return { platform, hex: hex.toLowerCase() };
  });
  const here = entries.filter(({ platform }) => platform === arch).map(({ hex }) => hex);
  if (here.length > 0) return here;
  throw usage(
    'digest-of-other-platforms',
    `${given.by} has digests for ${entries.map(({ platform }) => platform).join(', ')}, but none for this node's platform ${arch}`,
    `add ${arch}=<hex>`,
  );
}
