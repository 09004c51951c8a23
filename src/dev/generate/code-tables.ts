// The table of codes as docs/troubleshooting.md shows it: by exit status, what each code means and what to do. Pure.

import { codeTable } from '../../failure/codes.ts';
import type { MildEntry } from '../../failure/codes/entry.ts';
import { exitStatuses } from '../../failure/exit-statuses.ts';

type Group = keyof typeof codeTable;

/** The heading of each group, and the exit status behind it where there is one. */
const headings: Readonly<Record<Group, string>> = {
  usage: ofStatus('2'),
  acquisition: ofStatus('3'),
  digest: ofStatus('4'),
  content: ofStatus('5'),
  node: ofStatus('6'),
  plugin: ofStatus('7'),
  sharing: `${ofStatus('8')}; else a warning`,
  drift: `${ofStatus('9')}; a warning of other verbs`,
  warning: 'Warnings, whatever the exit status',
  bug: ofStatus('1'),
  interruption: ofStatus('143, 130'),
};

export function codeTables(): string {
  return (Object.keys(headings) as Group[])
    .map((group) => `### ${headings[group]}\n\n${tableOf(codeTable[group])}`)
    .join('\n\n');
}

function ofStatus(status: string): string {
  const [, meaning = ''] = exitStatuses.find(([known]) => known === status) ?? [];
  return `Exit status ${status}: ${meaning}`;
}

function tableOf(entries: Readonly<Record<string, MildEntry>>): string {
  const rows = Object.entries(entries).map(([code, { means, remedy, page }]) => {
    const remedies = [remedy === undefined ? undefined : markdown(remedy), page];
    const toDo = remedies.filter((text) => text !== undefined).join('; ');
    return `| \`${code}\` | ${markdown(means)} | ${toDo === '' ? 'nothing' : toDo} |`;
  });
  return ['| code | what it means | what to do |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Options, variables, paths and placeholders as code; what is code already stays. */
function markdown(text: string): string {
  const literal =
    /`[^`]*`|--[a-z][\w-]*(?:=[\w/]+| [A-Z]{2,}\b)?|[\w./=-]*<[\w<>./-]+|\b[A-Z]+(?:_[A-Z0-9]+)+\b|(?<!\w)\/[a-z][\w/.-]*\w/g;
  return text
    .replaceAll(literal, (found) => (found.startsWith('`') ? found : `\`${found}\``))
    .replaceAll('|', '\\|');
}
