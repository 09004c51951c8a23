// Several JSON documents in one text, as `kubectl get … -o json` gives them one after the other. Pure.

export interface Documents {
  readonly values: readonly unknown[];
  /** Why the rest of the text was not read. */
  readonly trouble: string | undefined;
}

/** Each value that stands at the top of the text. What comes after something that is not JSON is not looked at. */
export function readDocuments(text: string): Documents {
  const values: unknown[] = [];
  let from = skipSpace(text, 0);
  while (from < text.length) {
    const to = endOfValue(text, from);
    try {
      values.push(JSON.parse(text.slice(from, to)));
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      return { values, trouble: `line ${lineAt(text, from)}: ${because}` };
    }
    from = skipSpace(text, to);
  }
  return { values, trouble: undefined };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /[\s\uFEFF]/.test(text.charAt(at))) at += 1;
  return at;
}

/** Where the object or array that begins here ends; the end of the text for anything else, and for one that is cut. */
function endOfValue(text: string, from: number): number {
  if (!'{['.includes(text.charAt(from))) return text.length;
  let depth = 0;
  const marks = /["{}[\]]/g;
  marks.lastIndex = from;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') marks.lastIndex = endOfText(text, mark.index);
    else depth += '{['.includes(mark[0]) ? 1 : -1;
    if (depth === 0) return mark.index + 1;
  }
  return text.length;
}

/** Behind the quotation mark that ends the text which begins here. */
function endOfText(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
