// Several JSON documents in one text, as `kubectl get … -o json` gives them one after the other; lists item by item. Pure.
//
// Only one item is a value at a time: a list of all pods is tens of megabytes, more than a small container's heap.

/** Where a value stands in the bytes. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

export interface JsonDocument extends Extent {
  /** What stands at its top under `kind` and `apiVersion`. */
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
  /** The object at its top under `metadata`. */
  readonly metadata: Extent | undefined;
  /** The members of what stands at its top under `items`; undefined without such a list. */
  readonly items: readonly Extent[] | undefined;
}

export interface Documents {
  readonly documents: readonly JsonDocument[];
  /** Why the rest of the text was not read. */
  readonly trouble: string | undefined;
}

/** Each value that stands at the top of the text. What comes after one that does not end is not looked at. */
export function findDocuments(bytes: Buffer): Documents {
  const documents: JsonDocument[] = [];
  for (let at = skipSpace(bytes, 0); at < bytes.length; at = skipSpace(bytes, at)) {
    if (bytes[at] !== open.object && bytes[at] !== open.array) {
      return { documents, trouble: `line ${lineAt(bytes, at)}: wanted a JSON object` };
    }
    const document = documentAt(bytes, at);
    if (document === undefined) return { documents, trouble: `line ${lineAt(bytes, at)}: it does not end` };
    documents.push(document);
    at = document.to;
  }
  return { documents, trouble: undefined };
}

const [open, close] = [
  { object: 0x7b, array: 0x5b },
  { object: 0x7d, array: 0x5d },
];
const quote = 0x22;
const backslash = 0x5c;

/** One walk over the marks of a document: what is nested deeper than an item's beginning only has to be balanced. */
function documentAt(bytes: Buffer, from: number): JsonDocument | undefined {
  const items: Extent[] = [];
  const words: Record<string, string> = {};
  let metadata: Extent | undefined;
  let [depth, key, isList, itemFrom, metadataFrom] = [0, '', false, -1, -1];
  for (let at = from; at < bytes.length; at += 1) {
    const mark = bytes[at];
    if (mark === quote) {
      const end = endOfText(bytes, at);
      if (depth === 1) {
        const text = bytes.toString('utf8', at + 1, end - 1);
        if (isKey(bytes, end)) key = text;
        else [words[key], key] = [text, ''];
      }
      at = end - 1;
    } else if (mark === open.object || mark === open.array) {
      depth += 1;
      if (depth === 2 && key === 'items' && mark === open.array) isList = true;
      if (depth === 2 && key === 'metadata') metadataFrom = at;
      if (depth === 3 && key === 'items') itemFrom = at;
    } else if (mark === close.object || mark === close.array) {
      depth -= 1;
      if (depth === 2 && itemFrom >= 0) items.push({ from: itemFrom, to: at + 1 });
      if (depth === 2) itemFrom = -1;
      if (depth === 1 && metadataFrom >= 0) metadata = { from: metadataFrom, to: at + 1 };
      if (depth === 1) [key, metadataFrom] = ['', -1];
      if (depth === 0)
        return documentOf(words, { from, to: at + 1, metadata, items: isList ? items : undefined });
    }
  }
  return undefined;
}

function documentOf(
  words: Readonly<Record<string, string>>,
  where: Omit<JsonDocument, 'kind' | 'apiVersion'>,
): JsonDocument {
  return { ...where, kind: words['kind'], apiVersion: words['apiVersion'] };
}

/** Behind the quotation mark that ends the text which begins here. */
function endOfText(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(quote, from + 1); at >= 0; at = bytes.indexOf(quote, at + 1)) {
    let escapes = 0;
    while (bytes[at - 1 - escapes] === backslash) escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
  return bytes.length;
}

function isKey(bytes: Buffer, end: number): boolean {
  return bytes[skipSpace(bytes, end)] === 0x3a;
}

const jsonSpace: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && jsonSpace.has(bytes[at])) at += 1;
  return at;
}

function lineAt(bytes: Buffer, position: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < position; at = bytes.indexOf(0x0a, at + 1)) line += 1;
  return line;
}
