// Small parts that several sections of the page have. Pure.

import { spaced } from '../../../fleet/wording.ts';
import { type Html, html } from './html.ts';

/** What stands in backticks is code; the rest is text. */
export function prose(text: string): Html {
  return html`${text.split('`').map((part, place) => (place % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}

/** Fewer than these stand in the sentence itself. */
const fewNames = 8;

/** More names than these nobody reads; `--output json` has them all. */
const mostNames = 300;

export function namesFolded(names: readonly string[], noun: string, least?: number): Html {
  if (names.length <= (least ?? fewNames)) return html``;
  const more = names.length - mostNames;
  const rest = more > 0 && html` … and ${spaced(more)} more, in <code>--output json</code>`;
  const word = `${spaced(names.length)} ${noun}${names.length === 1 ? '' : 's'}`;
  return html`<details>
    <summary>${word}</summary>
    <p class="names">${names.slice(0, mostNames).join(' ')}${rest}</p>
  </details>`;
}

export function commandLine(command: string | null): Html {
  return command === null ? html`` : html`<div class="cmd"><code>${command}</code></div>`;
}

/** With more rows than these a table scrolls in itself, and only the rows in sight are laid out. */
const manyRows = 60;

/** A table that can be sorted, and filtered by a field which the script shows. */
export function richTable(
  { id, label, heads }: { readonly id: string; readonly label: string; readonly heads: readonly Html[] },
  rows: readonly Html[],
): Html {
  return html`<div class="filter" hidden>
      <label for="${id}-filter">Filter</label>
      <input
        id="${id}-filter"
        type="search"
        aria-controls="${id}"
        autocomplete="off"
        spellcheck="false"
      /><output aria-live="polite"></output>
    </div>
    ${scrolling({ label, heads, opening: html`<table id="${id}" data-sorts>`, isTall: rows.length > manyRows }, rows)}`;
}

export function plainTable(
  {
    label,
    heads,
    kind = '',
  }: { readonly label: string; readonly heads: readonly Html[]; readonly kind?: string },
  rows: readonly Html[],
): Html {
  return scrolling({ label, heads, opening: html`<table class="${kind}">`, isTall: false }, rows);
}

interface TableFrame {
  readonly label: string;
  readonly heads: readonly Html[];
  /** The table's own tag, with what it is known by. */
  readonly opening: Html;
  readonly isTall: boolean;
}

/** By keyboard too: it takes the focus. */
function scrolling({ label, heads, opening, isTall }: TableFrame, rows: readonly Html[]): Html {
  return html`<div
    class="scroll ${isTall && 'tall'}"
    tabindex="0"
    role="region"
    aria-label="${label}"
  >
    ${opening}
      <thead>
        <tr>
          ${heads}
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

export function head(text: string, kind = ''): Html {
  return html`<th scope="col" class="${kind}">${text}</th>`;
}

/** `3 min`, `5 h`, `12 days`: the largest unit of which there are two. */
export function ageWords(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
