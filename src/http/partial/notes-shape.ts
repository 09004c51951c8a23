// The shape of what is noted beside a partial file. Loaded where there is something to continue.

import * as v from 'valibot';
import type { Representation } from '../resume.ts';

/** What goes back into a request header must be able to stand in one. */
const headerText = v.fallback(v.optional(v.pipe(v.string(), v.regex(/^[\x20-\x7e]+$/))), undefined);

const byteCount = v.fallback(v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), undefined);

/** What the text notes of the representation at this address; undefined where it is torn, of another schema or address. */
export function notesIn(text: string, schema: number, address: string): Representation | undefined {
  const shape = v.object({
    schema: v.literal(schema),
    url: v.literal(address),
    etag: headerText,
    lastModified: headerText,
    totalBytes: byteCount,
    contentType: headerText,
  });
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), shape), text);
  if (!success) return undefined;
  const { etag, lastModified, totalBytes, contentType } = output;
  return { etag, lastModified, totalBytes, contentType };
}
