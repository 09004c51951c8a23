// The pages of the project as its readers meet them: their links, their headings, and what stands in their fences.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { project } from '../support/project.ts';

/** Where the project is at home; what it says to people on GitHub leads there. */
export const home = 'https://github.com/cni-plugins-installer/cni-plugins-installer';

const elsewhere = new Set(['node_modules', 'build', 'dist']);

/** Every page of the project, by its path from the root. */
export const pages: readonly string[] = globSync('**/*.md', {
  cwd: project,
  exclude: (name) => elsewhere.has(name) || name.startsWith('.'),
}).toSorted();

export function textOf(page: string): string {
  return readFileSync(join(project, page), 'utf8');
}

export interface Fence {
  /** As it is written behind the backticks; empty where nothing is. */
  readonly language: string;
  readonly text: string;
}

const fencePattern = /^( *)```(\S*)\n([\s\S]*?)^\1```$/gm;

export function fencesIn(markdown: string): Fence[] {
  return [...markdown.matchAll(fencePattern)].map(([, , language = '', text = '']) => ({ language, text }));
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(fencePattern, '');
}

export interface Link {
  readonly written: string;
  /** Its file by its path from the root; undefined for an address on the web. */
  readonly file: string | undefined;
  readonly anchor: string | undefined;
}

/** The links on a page. What is shown in a fence, or as code, is none. */
export function linksIn(markdown: string, page: string): Link[] {
  const prose = withoutFences(markdown).replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]*)\)/g)].map(([, written = '']) => {
    if (/^[a-z]+:/.test(written)) return { written, file: undefined, anchor: undefined };
    const [path = '', anchor] = written.split('#');
    return { written, file: path === '' ? page : normalize(join(dirname(page), path)), anchor };
  });
}

/** `a-heading` of each heading, as GitHub makes it; the second of the same words ends in `-1`. */
export function anchorsIn(markdown: string): string[] {
  const headings = withoutFences(markdown).matchAll(/^#+ (.*)$/gm);
  const seen = new Map<string, number>();
  return [...headings].map(([, heading = '']) => {
    const slug = slugOf(heading);
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

function slugOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}
