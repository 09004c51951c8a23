// Nodes that are alike, folded; and each plugin against each class, in words. Pure.

import type { Fleet, NodeClass } from '../../../fleet/fleet.ts';
import { countOf, spaced } from '../../../fleet/wording.ts';
import { pluginGroups, standingWords, stateWords } from '../class-words.ts';
import { type Html, html } from './html.ts';
import { head, namesFolded, plainTable } from './parts.ts';

const mostRows = 100;
const mostColumns = 12;

export function classesSection({ classes }: Fleet): Html {
  const heads = [
    'Class',
    'Nodes',
    'State',
    'Release',
    'Architecture',
    'Kubernetes',
    'Runtime',
    'Mounts',
    'Plugins',
  ].map((text) => head(text, text === 'Nodes' ? 'n' : ''));
  const more = classes.length - mostRows;
  return html`<h2 id="classes">Classes of nodes</h2>
    <p class="about">Nodes that are alike in all that matters are one class.</p>
    ${plainTable({ label: 'Classes of nodes', heads }, classes.slice(0, mostRows).map(classRow))}
    ${more > 0 && html`<p class="about">And ${spaced(more)} smaller classes, in <code>--output json</code>.</p>`}
    ${matrix(classes)}`;
}

function classRow(one: NodeClass): Html {
  const { id, nodes, standing, release, arch, kubernetes, runtime, mounts, others } = one;
  const groups = pluginGroups(one).map(({ word, names, state }) =>
    state === 'intact'
      ? html`<div>${word}</div>`
      : html`<div><b>${word}</b>: <span class="mono">${names.join(' ')}</span></div>`,
  );
  return html`<tr>
    <th scope="row" id="class-${id}">${id}</th>
    <td class="n">
      ${nodes.length > 1 ? namesFolded(nodes, 'node', 1) : html`<span class="mono">${nodes[0]}</span>`}
    </td>
    <td><span class="badge st-${standing}">${standingWords[standing]}</span></td>
    <td>${release ?? '–'}</td>
    <td>${arch ?? '–'}</td>
    <td>${kubernetes ?? '–'}</td>
    <td>${runtime ?? '–'}</td>
    <td>${mounts}</td>
    <td class="wrap">
      ${groups}${
        others.length > 0 &&
        html`<details>
          <summary>${countOf(others.length, 'other program')}</summary>
          <p class="names">${others.join(' ')}</p>
        </details>`
      }
    </td>
  </tr> `;
}

function matrix(classes: readonly NodeClass[]): Html {
  const shown = classes.filter(({ plugins }) => Object.keys(plugins).length > 0).slice(0, mostColumns);
  const names = [...new Set(shown.flatMap(({ plugins }) => Object.keys(plugins)))].toSorted();
  if (names.length === 0) return html``;
  const heads = [
    head('Plugin'),
    ...shown.map(
      ({ id, nodes, release }) =>
        html`<th scope="col">
          ${id}<small>${release ?? '–'}</small><small>${countOf(nodes.length, 'node')}</small>
        </th>`,
    ),
  ];
  const rows = names.map(
    (name) =>
      html`<tr>
        <th scope="row">${name}</th>
        ${shown.map((one) => matrixCell(name, one))}
      </tr> `,
  );
  return html`<h2 id="plugins">Plugins by class</h2>
    ${shown.length < classes.length && html`<p class="about">The largest ${countOf(shown.length, 'class').replace(/classs$/, 'classes')} that tell of plugins.</p>`}
    ${plainTable({ label: 'Plugins by class', heads, kind: 'matrix' }, rows)}`;
}

function matrixCell(name: string, { plugins, others }: NodeClass): Html {
  const state = Object.hasOwn(plugins, name) ? plugins[name] : undefined;
  if (state !== undefined) return html`<td><span class="badge ps-${state}">${stateWords[state]}</span></td>`;
  return others.includes(name)
    ? html`<td><span class="badge ps-kept">another's</span></td>`
    : html`<td><span class="badge">not wished</span></td>`;
}
