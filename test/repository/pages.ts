// What a page names: links, headings, files of the project, verbs of its Makefile.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { project } from './workflows.ts';

/** Where the project is at home; what it says to people on GitHub leads there. */
export const home = 'https://github.com/cni-plugins-installer/cni-plugins-installer';

export function textOf(path: string): string {
  return readFileSync(join(project, path), 'utf8');
}

/** `#a-heading` of each heading, as GitHub makes it. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function leadsSomewhere(file: string, anchor: string | undefined): boolean {
  if (!existsSync(join(project, file))) return false;
  return anchor === undefined || anchorsIn(textOf(file)).includes(anchor);
}

/** Links to files of the project, relative or by its home on GitHub, that lead nowhere. */
export function brokenLinks(path: string): string[] {
  const text = textOf(path);
  const relative = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].filter(
    ([, file = '', anchor]) => !leadsSomewhere(file === '' ? path : join(dirname(path), file), anchor),
  );
  const absolute = [...text.matchAll(new RegExp(`${home}/blob/main/([\\w./-]+)(?:#([\\w-]+))?`, 'g'))].filter(
    ([, file = '', anchor]) => !leadsSomewhere(file, anchor),
  );
  return [...relative, ...absolute].map(([link]) => link);
}

/** Files and folders of the project in code spans that are not there. */
export function missingFiles(path: string): string[] {
  const named = [...textOf(path).matchAll(/`((?:src|test|docs|image|manifests|\.github|\.ci)\/[\w./-]*)`/g)];
  return named.map(([, file = '']) => file).filter((file) => !existsSync(join(project, file)));
}

/** `make x` for an x that the Makefile does not have. */
export function unknownTargets(path: string): string[] {
  const text = textOf(path);
  const fenced = [...text.matchAll(/^```[^]*?^```$/gm)].map(([fence]) => fence).join('\n');
  const calls = [...text.matchAll(/(?:`|&& )make ([a-z0-9-]+)/g), ...fenced.matchAll(/^make ([a-z0-9-]+)/gm)];
  const known = new Set(makeTargets());
  return calls.map(([, target = '']) => target).filter((target) => !known.has(target));
}

export function makeTargets(): readonly string[] {
  const { stdout } = spawnSync('make', ['--print-data-base', '--question', 'help'], {
    cwd: project,
    encoding: 'utf8',
  });
  return [...stdout.matchAll(/^([a-z][a-z0-9-]*):/gm)].map(([, target = '']) => target);
}
