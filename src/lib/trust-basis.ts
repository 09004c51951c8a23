// By whose word the content of an archive is believed.

/** The operator's digest, the built-in catalog's, or only the release's own sidecar, which proves integrity alone. */
export const trustBases = ['given', 'catalog', 'sidecar'] as const;

export type TrustBasis = (typeof trustBases)[number];
