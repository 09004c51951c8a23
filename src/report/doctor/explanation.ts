// What a pasted text means, and whether that is so on this node, for people. Pure.

import type { ExplainedText, Explanation } from '../../checks/explain/explain.ts';
import { knownText } from '../../checks/explain/known-texts.ts';
import { printable } from '../../lib/text/printable.ts';
import { wrapped } from '../../lib/text/table.ts';

const explanationIndent = '  ';

/** A section for each text that was recognised; else one that says that none was. */
export function explanationText({ texts, nearest }: Explanation): string[] {
  if (texts.length > 0) return texts.map(explainedText);
  const samples = nearest.flatMap((id) => wrapped(`- ${knownText(id).sample}`, explanationIndent));
  return [['That text is not known here. The nearest that are:', ...samples].join('\n')];
}

function explainedText(text: ExplainedText): string {
  return [
    ...wrapped(printable(text.words), '> '),
    ...wrapped(text.means, explanationIndent),
    ...wrapped(verdictWords(text), explanationIndent),
    ...remedyLines(text).flatMap((remedy) => wrapped(`what to do: ${remedy}`, explanationIndent)),
  ].join('\n');
}

function verdictWords({ standing }: ExplainedText): string {
  switch (standing.is) {
    case 'here': {
      const { found, root } = standing;
      const cause = found === root ? '' : `; the cause: ${root.message ?? ''} (${root.id})`;
      return `yes, and here is why: ${found.message ?? ''} (${found.id})${cause}`;
    }
    case 'not-here':
      return `that text, but not on this node now: ${standing.looked.id} finds nothing`;
    case 'unknown':
      return `whether that is so here cannot be seen: ${standing.why}`;
  }
}

function remedyLines({ standing, otherwise }: ExplainedText): string[] {
  const remedy = standing.is === 'here' ? standing.root.remedy : otherwise;
  return remedy === undefined ? [] : [remedy];
}
