// What the table of codes says of one code.

export interface CodeEntry {
  /** What it means, for somebody who has read the code only. Lower case at the start, no full stop. */
  readonly means: string;
  /** What the operator does next: the hint of every failure that has no better one. In the same form. */
  readonly remedy: string;
  /** What only the page adds, in Markdown: the chart's value, a link. */
  readonly page?: string;
}

/** One that may need nobody to do anything. */
export type MildEntry = Omit<CodeEntry, 'remedy'> & Partial<Pick<CodeEntry, 'remedy'>>;
