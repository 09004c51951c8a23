// What the pages tell people to type, command by command.

import { spawnSync } from 'node:child_process';
import { type Fence, fencesIn, pages, textOf } from './pages.ts';

export interface Command {
  readonly page: string;
  /** On one line where it has no line break of its own, without the comment behind it. */
  readonly text: string;
}

/** Every command in a fence for the shell, page by page. */
export function documentedCommands(): Command[] {
  return pages.flatMap((page) => commandsOn(page));
}

export function commandsOn(page: string): Command[] {
  return commandsIn(textOf(page)).map((text) => ({ page, text }));
}

/**
 * The one command on the page that begins with these words; it may stand there twice.
 *
 * @throws where there is none, or more than one
 */
export function documentedCommand(page: string, beginning: string): string {
  const found = commandsOn(page).filter(({ text }) => text.startsWith(beginning));
  const [command, another] = new Set(found.map(({ text }) => text));
  if (command === undefined) throw new Error(`${page} has no command that begins with "${beginning}"`);
  if (another !== undefined) throw new Error(`${page} has several commands that begin with "${beginning}"`);
  return command;
}

/** A fence without a language counts: the chart's generated page has none. */
export function commandsIn(markdown: string): string[] {
  return fencesIn(markdown)
    .filter(isForShell)
    .flatMap(({ text }) => split(text));
}

function isForShell({ language }: Fence): boolean {
  return language === '' || language === 'sh';
}

/** Line by line as a shell reads them: a command ends where the shell would not ask for more. */
function split(script: string): string[] {
  const commands: string[] = [];
  let begun = '';
  for (const line of script.split('\n')) {
    begun += begun === '' ? withoutComment(line) : `\n${withoutComment(line)}`;
    if (begun.endsWith('\\') || !isWhole(begun)) continue;
    commands.push(begun.replaceAll(/\\\n\s*/g, '').trim());
    begun = '';
  }
  if (begun !== '') throw new Error(`this is no whole command: ${begun}`);
  return commands.filter((command) => command !== '' && !isAssignment(command));
}

function withoutComment(line: string): string {
  return line.replace(/^#.*$|\s+# .*$/, '');
}

/** It does nothing by itself; it stands for a value of the reader's own. */
function isAssignment(command: string): boolean {
  return /^[A-Z][A-Z0-9_]*=\S*$/.test(command);
}

function isWhole(command: string): boolean {
  return command.trim() === '' || spawnSync('bash', ['-n', '-c', command], { stdio: 'ignore' }).status === 0;
}
