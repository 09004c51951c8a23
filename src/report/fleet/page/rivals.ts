// Who else may write into the bin dir, and the setting of theirs that leaves it alone. Pure.

import type { Fleet, Rival } from '../../../fleet/fleet.ts';
import { idOfRival } from '../../../fleet/rivals.ts';
import { type Html, html } from './html.ts';
import { head, plainTable, prose } from './parts.ts';

export function rivalsSection({ rivals }: Fleet): Html {
  if (rivals.length === 0)
    return html`<h2 id="rivals">Others in the bin dir</h2>
      <p class="about">No other DaemonSet that was given mounts it.</p>`;
  const heads = ['DaemonSet', 'Path', 'May', 'Names that it places too', 'Its setting', 'Images'].map(
    (word) => head(word),
  );
  return html`<h2 id="rivals">Others in the bin dir</h2>
    <p class="about">DaemonSets that mount the directory which our plugins are in.</p>
    ${plainTable({ label: 'Others in the bin dir', heads }, rivals.map(rivalRow))}`;
}

function rivalRow(rival: Rival): Html {
  const { hostPath, writable, suspectedNames, setting, images } = rival;
  return html`<tr>
    <th scope="row">${idOfRival(rival)}</th>
    <td class="mono path">${hostPath}</td>
    <td><span class="badge ${writable ? 'warning' : ''}">${writable ? 'write' : 'read'}</span></td>
    <td class="mono">${suspectedNames.length === 0 ? '–' : suspectedNames.join(' ')}</td>
    <td class="wrap">${prose(setting ?? 'not known here')}</td>
    <td class="mono wrap">${images.join(' ')}</td>
  </tr> `;
}
