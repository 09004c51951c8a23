// A program called kubectl that, asked for its proxy, serves what a test has laid out: a cluster for those who have none.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface StandIn {
  /** To be first in the PATH. */
  readonly directory: string;
  /** The paths that were asked for, in order. */
  readonly asked: () => string[];
  /** The words of each call of it. */
  readonly calls: () => string[];
}

/** By a path without its query: a body, several for pages, a status and words, or `never` for no answer at all. */
export type Answers = Readonly<Record<string, string | readonly string[] | { status: number; body: string }>>;

export function standInKubectl(home: string, answers: Answers): StandIn {
  const directory = join(home, 'bin');
  mkdirSync(directory, { recursive: true });
  const [log, calls] = [join(home, 'asked'), join(home, 'calls')];
  for (const empty of [log, calls]) writeFileSync(empty, '');
  writeFileSync(join(home, 'answers.json'), JSON.stringify(answers));
  const file = join(directory, 'kubectl');
  writeFileSync(file, `#!${process.execPath}\n${program(home)}`);
  chmodSync(file, 0o755);
  const linesOf = (path: string) => (): string[] => readFileSync(path, 'utf8').trim().split('\n');
  return { directory, asked: linesOf(log), calls: linesOf(calls) };
}

function program(home: string): string {
  return `
const { appendFileSync, readFileSync } = require('node:fs');
const { createServer } = require('node:http');
appendFileSync(${JSON.stringify(join(home, 'calls'))}, process.argv.slice(2).join(' ') + '\\n');
if (process.argv.includes('current-context')) { console.log('a-context'); process.exit(0); }
const answers = JSON.parse(readFileSync(${JSON.stringify(join(home, 'answers.json'))}, 'utf8'));
const socket = process.argv.find((word) => word.startsWith('--unix-socket=')).split('=')[1];
createServer((request, response) => {
  appendFileSync(${JSON.stringify(join(home, 'asked'))}, request.url + '\\n');
  const url = new URL(request.url, 'http://x');
  const answer = answers[url.pathname] ?? { status: 404, body: '{"kind":"Status","message":"not found"}' };
  if (answer === 'never') return;
  if (Array.isArray(answer)) return response.end(answer[Number(url.searchParams.get('continue') ?? 0)]);
  response.statusCode = answer.status ?? 200;
  response.end(answer.body ?? answer);
}).listen(socket, () => console.log('Starting to serve on ' + socket));
`;
}
