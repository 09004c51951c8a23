// What is told of dynamically linked plugins that nobody has seen run with the node's own libraries. Pure.

import { remedyOf } from '../../failure/codes.ts';
import type { Finding } from '../../failure/finding.ts';
import type { Proof } from '../../node/plugins/proof.ts';

export function dynamicNotes(proofs: readonly Proof[]): Finding[] {
  const here = proofs.flatMap(({ name, onlyHere }) =>
    onlyHere === undefined ? [] : [{ name, ...onlyHere }],
  );
  const [first] = here;
  if (first === undefined) return [];
  const names = here.map(({ name, loader }) => `${name} (${loader})`).join(', ');
  return [
    {
      code: 'plugin-dynamic',
      message: `dynamically linked, and run with the loader and libraries of this container: ${names}; whether the node has them could not be seen: ${first.because}`,
      hint: remedyOf('plugin-dynamic'),
    },
  ];
}
