// Decides, from what we have and what the server answered, whether its bytes begin, continue or can't be used.

/** The parts of a response that decide; header names in lower case. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly header: (name: string) => string | undefined;
}

/** What identifies the representation that a partial file was begun from. */
export interface Representation {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly totalBytes: number | undefined;
  readonly contentType: string | undefined;
}

/** What we ask to continue. */
export interface Resumption {
  readonly from: number;
  readonly of: Representation;
}

/** The headers of a request for the rest, or undefined where continuing is not safe (RFC 9110, 13.1.5). */
export function resumptionHeaders(resumption: Resumption): Readonly<Record<string, string>> | undefined {
  const validator = strongEtag(resumption.of.etag) ?? resumption.of.lastModified;
  const { totalBytes } = resumption.of;
  if (resumption.from === 0 || validator === undefined) return undefined;
  if (totalBytes !== undefined && resumption.from >= totalBytes) return undefined;
  return { range: `bytes=${resumption.from}-`, 'if-range': validator };
}

/** A weak validator promises equal meaning, not equal bytes. */
function strongEtag(etag: string | undefined): string | undefined {
  return etag !== undefined && /^"[^"]*"$/.test(etag) ? etag : undefined;
}

export interface ContentRange {
  readonly first: number;
  readonly last: number;
  /** Undefined for `*`. */
  readonly total: number | undefined;
}

/** `bytes 100-199/200` (RFC 9110, 14.4); undefined for anything that is not one plausible range of bytes. */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(value?.trim() ?? '');
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const total = match[3] === '*' ? undefined : Number(match[3]);
  const plausible = first <= last && (total === undefined || last < total);
  return plausible ? { first, last, total } : undefined;
}

/** `Content-Length` as a number, undefined where absent or not a number. */
export function parseContentLength(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

export type AnswerVerdict =
  /** The body is all of it. */
  | { readonly kind: 'whole'; readonly representation: Representation }
  /** The body continues what we have. */
  | { readonly kind: 'rest'; readonly totalBytes: number | undefined }
  /** What we have and what the server offers do not fit; forget ours and ask for all of it. */
  | { readonly kind: 'start-over'; readonly why: string }
  /** Nothing of it in this answer; the status says why. */
  | { readonly kind: 'nothing' };

/** Judges an answer; `asked` is undefined when all of it was asked for. */
export function judgeAnswer(head: ResponseHead, asked: Resumption | undefined): AnswerVerdict {
  if (head.status === 200) return { kind: 'whole', representation: representationOf(head) };
  if (asked === undefined) return { kind: 'nothing' };
  if (head.status === 416) return { kind: 'start-over', why: 'the server has no such range (416)' };
  if (head.status === 206) return judgeRest(head, asked);
  return { kind: 'nothing' };
}

function judgeRest(head: ResponseHead, { from, of }: Resumption): AnswerVerdict {
  const range = parseContentRange(head.header('content-range'));
  if (range === undefined) return { kind: 'start-over', why: 'its 206 names no usable range' };
  if (range.first !== from) {
    return { kind: 'start-over', why: `its 206 starts at byte ${range.first} instead of ${from}` };
  }
  const totalBytes = range.total ?? of.totalBytes;
  if (of.totalBytes !== undefined && totalBytes !== of.totalBytes) {
    return {
      kind: 'start-over',
      why: `the file there now has ${totalBytes} bytes instead of ${of.totalBytes}`,
    };
  }
  // A server that ignores If-Range would splice two different files.
  if (changed(of.etag, head.header('etag')) || changed(of.lastModified, head.header('last-modified'))) {
    return { kind: 'start-over', why: 'the file there has changed' };
  }
  return { kind: 'rest', totalBytes };
}

function changed(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

function representationOf(head: ResponseHead): Representation {
  return {
    etag: head.header('etag'),
    lastModified: head.header('last-modified'),
    totalBytes: parseContentLength(head.header('content-length')),
    contentType: head.header('content-type'),
  };
}
