// Every node in a row, folded: who looks for one finds it by the filter. Pure.

import type { Fleet, FleetNode } from '../../../fleet/fleet.ts';
import { spaced } from '../../../fleet/wording.ts';
import { standingWords } from '../class-words.ts';
import { type Html, html } from './html.ts';
import { ageWords, head, richTable } from './parts.ts';

export function nodesSection({ nodes }: Fleet): Html {
  if (nodes.length === 0) return html``;
  const heads = ['Node', 'Class', 'State', 'Release', 'Kubernetes', 'Kernel', 'Told'].map((word) =>
    head(word),
  );
  const table = richTable({ id: 'all-nodes', label: 'Nodes', heads }, nodes.map(nodeRow));
  return html`<h2 id="nodes">Nodes</h2>
    <details class="fold">
      <summary>All ${spaced(nodes.length)} by name</summary>
      ${table}
    </details>`;
}

/** No closing tags where HTML does without: there may be five thousand. */
function nodeRow({
  name,
  class: of,
  standing,
  schedulable,
  release,
  kubernetes,
  kernel,
  ageSeconds,
  source,
}: FleetNode): Html {
  const cordoned = schedulable ? '' : ', cordoned';
  const told = source === null ? '–' : source === 'live' ? 'live' : ageWords(ageSeconds);
  return html`<tr>
    <th scope="row">${name}
    <td>${of}
    <td>${standingWords[standing]}${cordoned}
    <td>${release ?? '–'}
    <td>${kubernetes ?? '–'}
    <td>${kernel ?? '–'}
    <td data-k="${ageSeconds ?? -1}">${told}
   `;
}
