// Text in columns and paragraphs, for terminals of a hundred columns.

const lineWidth = 100;

/** Columns two spaces apart, no space at the end of a line; the empty string without rows. An empty first cell indents. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A name and its text, the text wrapped beside it; nothing for an empty text. */
export function labelled(label: string, text: string): string[] {
  const margin = ' '.repeat(15);
  if (text === '') return [];
  return wrapped(text, margin).map((line, place) =>
    place === 0 ? `  ${label}`.padEnd(margin.length) + line.slice(margin.length) : line,
  );
}

/** Breaks a text between words; a word that is too long for a line stays whole. */
export function wrapped(text: string, indent: string): string[] {
  return wrappedPieces(text.split(' '), indent);
}

/** Fills lines with pieces that are not to be broken themselves. */
export function wrappedPieces(pieces: readonly string[], indent: string): string[] {
  return pieces.reduce<string[]>((lines, piece) => {
    const line = lines.at(-1);
    const fits = line !== undefined && line.length + 1 + piece.length <= lineWidth;
    return fits ? [...lines.slice(0, -1), `${line} ${piece}`] : [...lines, indent + piece];
  }, []);
}
