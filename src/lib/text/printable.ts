// Text that is anybody's, made safe for a terminal: nothing in it moves the cursor, hides or reorders what is shown. Pure.

/**
 * Control characters of both sets, the marks that turn the direction of writing, invisible ones, and halves of a pair
 * become their escapes, `\u001b`. Line ends become spaces where the text has to stay one line.
 */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\n\r\t]+/g, ' ')
    .replaceAll(
      // oxlint-disable-next-line no-control-regex -- these are what is looked for
      /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
      (one) => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    );
}
