// How much two texts say the same. Pure.

/** How many of the words of both are in both: 0 for none, 1 for all. Quoted words and numbers do not count. */
export function wordsInCommon(one: string, other: string): number {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  const both = [...a].filter((word) => b.has(word)).length;
  return both === 0 ? 0 : both / Math.min(a.size, b.size);
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(
    text
      .toLowerCase()
      .replaceAll(/"[^"]*"/g, ' ')
      .match(/[a-z]{3,}/g) ?? [],
  );
}
