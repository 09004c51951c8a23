// The known word that a misspelt one was probably meant to be. Pure.

/**
 * The nearest by edit distance, where no more than a third of the letters differ; else the only one that has the whole
 * word in it. Undefined where none is near: a wrong guess is worse than none. Upper and lower case count as the same.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const tolerance = Math.max(1, Math.floor(word.length / 3));
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= tolerance && distance < candidate.length)
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.candidate ?? onlyOneWith(word.toLowerCase(), known);
}

/** The same for each word; those without a near one are left out. */
export function nearestEach(words: readonly string[], known: readonly string[]): readonly string[] {
  return words.flatMap((word) => nearest(word, known) ?? []);
}

function onlyOneWith(word: string, known: readonly string[]): string | undefined {
  if (word.length < 4) return undefined;
  const [first, second] = known.filter((candidate) => candidate.toLowerCase().includes(word));
  return second === undefined ? first : undefined;
}

/** Letters to insert, to drop, to replace, and neighbours to swap, each once (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
