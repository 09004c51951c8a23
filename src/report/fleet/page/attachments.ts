// Network attachments with their verdict: those that would fail with what is missing where, the others folded. Pure.

import { nadId } from '../../../fleet/attachments.ts';
import type { Fleet, Nad, NadVerdict } from '../../../fleet/fleet.ts';
import { spaced } from '../../../fleet/wording.ts';
import { listed } from '../../../checks/check.ts';
import { type Html, html } from './html.ts';
import { head, richTable } from './parts.ts';

const nadVerdictWords: Readonly<Record<NadVerdict, string>> = {
  fails: 'would fail',
  unknown: 'not known',
  works: 'can work',
};

export function attachmentsSection({ attachments }: Fleet): Html {
  if (attachments.length === 0) return html``;
  const failing = attachments.filter(({ verdict }) => verdict === 'fails');
  const others = attachments.filter(({ verdict }) => verdict !== 'fails');
  const counts = attachments.some(({ usedByPods }) => usedByPods !== null);
  const folded = html`<details class="fold">
    <summary>
      ${spaced(others.length)} that ${failing.length === 0 ? '' : 'do not: they '}can work, or of which too
      little is known
    </summary>
    ${nadTable('other-nads', others, counts)}
  </details>`;
  return html`<h2 id="attachments">Network attachments</h2>
    <p class="about">What becomes of a pod that asks for one, told before there is such a pod.</p>
    ${failing.length > 0 && nadTable('failing-nads', failing, counts)}
    ${others.length > 0 && (failing.length === 0 && others.length <= 50 ? nadTable('other-nads', others, counts) : folded)}`;
}

function nadTable(id: string, nads: readonly Nad[], counts: boolean): Html {
  const words = ['Attachment', 'Verdict', 'Plugins', 'What stands against it', 'CNI spec', 'Master'];
  const heads = [...words.map((word) => head(word)), ...(counts ? [head('Pods', 'n')] : [])];
  const label = id === 'failing-nads' ? 'Network attachments that would fail' : 'Other network attachments';
  return richTable(
    { id, label, heads },
    nads.map((nad) => nadRow(nad, counts)),
  );
}

function nadRow(nad: Nad, counts: boolean): Html {
  const { verdict, plugins, cniVersion, masters, usedByPods } = nad;
  return html`<tr>
    <th scope="row">${nadId(nad)}</th>
    <td><span class="badge v-${verdict}">${nadVerdictWords[verdict]}</span></td>
    <td class="mono">${plugins.join(' ')}</td>
    <td class="wrap">${obstacles(nad)}</td>
    <td>${cniVersion ?? 'unset'}</td>
    <td class="mono">${masters.join(' ')}</td>
    ${counts && html`<td class="n">${usedByPods ?? '–'}</td>`}
  </tr> `;
}

function obstacles(nad: Nad): Html[] {
  const { missing, specUnsupported, mastersAbsent, problems, untold } = nad;
  const { resourceName, candidates, leftToNodes } = nad;
  return [
    ...problems.map(({ message }) => html`<div>${message}</div>`),
    ...missing.map(
      ({ plugin, nodes, shippedBy }) =>
        html`<div>
          <b>${plugin}</b> is missing on
          ${where(nodes)}${shippedBy !== null && html`; placed by ${shippedBy}`}
        </div>`,
    ),
    ...specUnsupported.map(
      ({ plugin, nodes, speaks }) =>
        html`<div><b>${plugin}</b> speaks ${speaks.join(', ')} on ${where(nodes)}</div>`,
    ),
    ...mastersAbsent.map(
      ({ master, nodes }) => html`<div>no interface <b>${master}</b> on ${where(nodes)}</div>`,
    ),
    ...(untold === 0
      ? []
      : [html`<div>of ${spaced(untold)} ${untold === 1 ? 'node' : 'nodes'} too little is known</div>`]),
    ...(resourceName === null ? [] : [resourceRemark(resourceName, candidates)]),
    ...(leftToNodes ? [html`<div>left to the configuration of its name on each node</div>`] : []),
  ];
}

function resourceRemark(name: string, nodes: number): Html {
  const word = html`<span class="mono">${name}</span>`;
  return nodes === 0
    ? html`<div>no node has ${word}, which its pods ask for</div>`
    : html`<div>only on nodes with ${word}</div>`;
}

function where(nodes: readonly string[]): string {
  return nodes.length <= 3 ? listed(nodes) : `${spaced(nodes.length)} nodes, such as ${nodes[0] ?? ''}`;
}
