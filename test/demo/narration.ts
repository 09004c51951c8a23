// How the demo speaks: headings, quotes of what others said, and facts. Coloured only where a person watches.

import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** styleText heeds NO_COLOR and whether stdout is a terminal. */
function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function say(text = ''): void {
  process.stdout.write(text === '' ? '\n' : `  ${text}\n`);
}

export function title(text: string): void {
  process.stdout.write(`\n${styled('bold', text)}\n\n`);
}

export function act(number: number, text: string): void {
  title(`${number}. ${text}`);
}

/** Two columns for what a demo starts with. */
export function given(name: string, text: string): void {
  say(`${name.padEnd(9)}${text}`);
}

/** Shows the text while the work lasts, where a person watches. */
export async function meanwhile<Result>(text: string, work: Promise<Result>): Promise<Result> {
  if (process.stdout.isTTY) process.stdout.write(`  ${text} …`);
  try {
    return await work;
  } finally {
    if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  }
}

/** An error in its own words, unchanged; what matters in it stands out. */
export function quoteError(words: string, essence: string): void {
  say();
  say(`  ${words.replace(essence, styled(['bold', 'red'], essence))}`);
}

/** What a program wrote, line by line. */
export function quoteLog(text: string): void {
  for (const line of text.trimEnd().split('\n')) say(`  ${styled('dim', '|')} ${line}`);
}

/** Something that was checked, and holds. */
export function fact(text: string): void {
  say(`${styled('green', '✓')} ${text}`);
}

/** Something that was expected, and does not hold. */
export function failure(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`\n  ${styled('red', '✗')} ${text.replaceAll('\n', '\n    ')}\n`);
}

/** Since the process began, or since `startMs` of performance.now(): `1.4 s`. */
export function elapsed(startMs = 0): string {
  return `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
}
