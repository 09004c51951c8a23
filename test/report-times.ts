// A program: says how long a whole run of the tests took, and whether it kept to its budget.
//
//   node test/report-times.ts --started SECONDS --tools-log FILE DIRECTORY
//
// SECONDS    when the run began, since the epoch
// FILE       what test/setup/tools.sh said during the run
// DIRECTORY  the times of each project, PROJECT.json; all of it goes to DIRECTORY.json
//
// Exit status 1 on CI (`CI=true`) for a run that took three times as long as its budget. Short of that it is only said: a machine
// may be slow, or its neighbours loud, and a change is not refused for that.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ProjectTimes, tableOf, timesOf } from './support/run-times.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { started: { type: 'string' }, 'tools-log': { type: 'string' } },
});
const [directory = ''] = positionals;
const projects = globSync('*.json', { cwd: directory }).map(
  (name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as ProjectTimes,
);
const seconds = Math.round(Date.now() / 1000 - Number(values.started));
const times = timesOf(projects, seconds, readFileSync(values['tools-log'] ?? '', 'utf8'));
writeFileSync(`${directory}.json`, `${JSON.stringify(times, undefined, 2)}\n`);
console.log(tableOf(times));
if (times.isFarOver && process.env['CI'] === 'true') process.exitCode = 1;
