// What a plugin prints when it is asked for its VERSION (CNI spec). Loaded where one has to be asked.

import * as v from 'valibot';

const answerShape = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ supportedVersions: v.pipe(v.array(v.string()), v.nonEmpty()) }),
);

/** The CNI spec versions; undefined where the text is no such answer, or names none. */
export function supportedVersionsIn(text: string): readonly string[] | undefined {
  const { success, output } = v.safeParse(answerShape, text);
  return success ? output.supportedVersions : undefined;
}
