// What is wrong on a page: links that lead nowhere, files that are not there, verbs that make does not know.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { anchorsIn, fencesIn, home, type Link, linksIn, textOf } from './pages.ts';
import { project } from '../support/project.ts';

/** Addresses of others are not asked, only read. */
export function brokenLinks(page: string): string[] {
  const text = textOf(page);
  const absolute = [...text.matchAll(new RegExp(`${home}/blob/main/([\\w./-]+)(?:#([\\w-]+))?`, 'g'))];
  const toFiles = absolute.map(([written, file, anchor]) => ({ written, file, anchor }));
  return [...linksIn(text, page), ...toFiles].filter(leadsNowhere).map(({ written }) => written);
}

function leadsNowhere({ written, file, anchor }: Link): boolean {
  if (file === undefined) return !URL.canParse(written);
  if (!existsSync(join(project, file))) return true;
  return anchor !== undefined && !anchorsIn(textOf(file)).includes(anchor);
}

/** Files and folders of the project, as code or behind `-f`, that are not there. */
export function missingFiles(page: string): string[] {
  const rooms = 'src|test|docs|image|manifests|\\.github|\\.ci';
  const named = textOf(page).matchAll(new RegExp(`(?:\`|-f )((?:${rooms})/[\\w./-]*)(?=[\`\\s])`, 'g'));
  return [...named].map(([, file = '']) => file).filter((file) => !existsSync(join(project, file)));
}

/** `make x` for an x that the Makefile does not have. */
export function unknownTargets(page: string): string[] {
  const text = textOf(page);
  const fenced = fencesIn(text).map((fence) => fence.text);
  const calls = [
    ...text.matchAll(/(?:`|&& )make ([a-z0-9-]+)/g),
    ...fenced.join('\n').matchAll(/^make ([a-z0-9-]+)/gm),
  ];
  const known = new Set(makeTargets());
  return calls.map(([, target = '']) => target).filter((target) => !known.has(target));
}

let targets: readonly string[] | undefined;

export function makeTargets(): readonly string[] {
  targets ??= askMake();
  return targets;
}

function askMake(): string[] {
  const { stdout } = spawnSync('make', ['--print-data-base', '--question', 'help'], {
    cwd: project,
    encoding: 'utf8',
  });
  return [...stdout.matchAll(/^([a-z][a-z0-9-]*):/gm)].map(([, target = '']) => target);
}
