// What is wrong, and what is advised: a card each, worst first, with what to do and a line to copy. Pure.

import type { Fleet, FleetAdvice, FleetFinding } from '../../../fleet/fleet.ts';
import { countOf, spaced } from '../../../fleet/wording.ts';
import { type Html, html } from './html.ts';
import { adviceTitles, findingTitles } from '../finding-titles.ts';
import { commandLine, namesFolded, prose } from './parts.ts';

/** A page of more cards is not read. */
const mostCards = 120;

export function findingsSection({ findings }: Fleet): Html {
  if (findings.length === 0) {
    return html`<h2 id="findings">What is wrong</h2>
      <div class="card good">
        <h3>Nothing was found</h3>
        <p>Of what could be seen; the end of this page says what could not.</p>
      </div>`;
  }
  const more = findings.length - mostCards;
  return html`<h2 id="findings">What is wrong</h2>
    <p class="about">Worst first, each once, with all that it is about.</p>
    <ul class="cards">
      ${findings.slice(0, mostCards).map(findingCard)}
    </ul>
    ${more > 0 && html`<p class="about">And ${countOf(more, 'finding')} more, in <code>--output json</code>.</p>`}`;
}

function findingCard({ code, severity, message, hint, command, node, nad }: FleetFinding): Html {
  return html`<li class="card ${severity}">
    <h3>
      <span class="badge ${severity}">${severity}</span>
      ${findingTitles[code]}
      <span class="code">${code}</span>
    </h3>
    <p>${message}</p>
    <p class="do"><b>What to do:</b> ${prose(hint)}</p>
    ${commandLine(command)}${namesFolded(node, 'node')}${namesFolded(nad, 'network attachment')}
  </li> `;
}

export function fleetAdviceSection({ advice }: Fleet): Html {
  if (advice.length === 0) return html``;
  return html`<h2 id="advice">Versions that meet</h2>
    <p class="about">From what is built into this program; nobody was asked.</p>
    <ul class="cards">
      ${advice.map(adviceCard)}
    </ul>`;
}

function adviceCard({ code, severity, say, remedy, take, evidence, nodes }: FleetAdvice): Html {
  const source = evidence.startsWith('https://')
    ? html`<a href="${evidence}" rel="noreferrer">${evidence}</a>`
    : html`${evidence}`;
  const verdict = take === null ? '' : `take ${take}`;
  return html`<li class="card ${severity}">
    <h3>
      <span class="badge ${severity}">${severity}</span>
      ${adviceTitles[code]}
      <span class="code">${code}</span>${verdict !== '' && html` <span class="badge">${verdict}</span>`}
    </h3>
    <p>${spaced(nodes.length)} ${nodes.length === 1 ? 'node' : 'nodes'}: ${say}</p>
    <p class="do"><b>What to do:</b> ${prose(remedy)}</p>
    <p class="do"><b>Evidence:</b> ${source}</p>
    ${namesFolded(nodes, 'node')}
  </li> `;
}
