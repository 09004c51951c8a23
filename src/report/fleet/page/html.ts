// HTML that is safe by its type: a template in which every value is text, unless the template itself has made it.

import { printable } from '../../../lib/text/printable.ts';
import { xmlEscaped } from '../../xml-text.ts';

/** What may stand in a template. Nothing at all stands for null, undefined and false. */
export type Slot = string | number | Html | readonly Slot[] | null | undefined | false;

let made: (text: string) => Html;

/** Markup. Only `html` makes it, so that whoever has one need not ask where it came from. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static {
    made = (text) => new Html(text);
  }

  toString(): string {
    return this.#text;
  }
}

/**
 * What is written in the template is markup, every value in it is text: escaped for an element's content and for an
 * attribute in quotation marks, the only places where one may stand. Control characters, and those that turn the direction
 * of writing, are shown as their escapes.
 */
export function html(parts: TemplateStringsArray, ...slots: readonly Slot[]): Html {
  return made(slim(parts).reduce((text, part, place) => text + markupOf(slots[place - 1]) + part));
}

const slimmed = new WeakMap<TemplateStringsArray, readonly string[]>();

/** Indentation is for whoever reads the template: five thousand rows go without. */
function slim(parts: TemplateStringsArray): readonly string[] {
  const known = slimmed.get(parts) ?? parts.map((part) => part.replaceAll(/\n\s*/g, '\n'));
  slimmed.set(parts, known);
  return known;
}

function markupOf(slot: Slot): string {
  if (slot === null || slot === undefined || slot === false) return '';
  if (slot instanceof Html) return slot.toString();
  if (typeof slot === 'object') return slot.map(markupOf).join('');
  return xmlEscaped(printable(String(slot)))
    .replaceAll("'", '&#39;')
    .replaceAll('`', '&#96;');
}
