// Options of the run itself: how long it may take, what it writes, and where.

import type { OptionSpecs } from './spec.ts';
import { endingVerbs, verbNames } from '../verbs.ts';

const writing = ['install', 'share-mounts', 'rollback', 'uninstall'] as const;

export const runOptions = {
  timeout: {
    kind: 'duration',
    env: 'CNI_PLUGINS_TIMEOUT',
    default: '5m',
    placeholder: 'DURATION',
    meaning: 'for the whole run; `30s`, `5m`',
    verbs: endingVerbs,
  },
  strict: {
    kind: 'boolean',
    env: 'CNI_PLUGINS_STRICT',
    default: 'false',
    meaning: 'a degraded run fails, and so does a variable with our prefix that is none of ours',
    verbs: verbNames,
  },
  'dry-run': {
    kind: 'boolean',
    env: 'CNI_PLUGINS_DRY_RUN',
    default: 'false',
    meaning: 'say what would be done, write nothing',
    verbs: writing,
  },
  'log-format': {
    kind: 'choice',
    env: 'CNI_PLUGINS_LOG_FORMAT',
    choices: ['text', 'json'],
    default: 'text',
    meaning: '`text` or `json` (one object a line); logs go to stderr',
    verbs: verbNames,
  },
  'log-level': {
    kind: 'choice',
    env: 'CNI_PLUGINS_LOG_LEVEL',
    choices: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    meaning: 'the least important lines that are written',
    verbs: verbNames,
  },
  output: {
    kind: 'choice',
    choices: ['text', 'json', 'metrics', 'junit', 'html'],
    choicesOnlyIn: { metrics: ['verify'], junit: ['doctor', 'fleet'], html: ['fleet'] },
    default: 'text',
    meaning: 'the result of a verb that answers, on stdout',
    verbs: verbNames,
    inVerb: {
      verify: {
        meaning: "the answer, on stdout; `metrics`: Prometheus' text, for node-exporter's textfile collector",
      },
      fleet: {
        meaning:
          'the answer, on stdout; `html`: one page that asks nobody for anything; `junit`: a test case for each node and NAD',
      },
      doctor: { meaning: 'the answer, on stdout; `junit`: a test case for each check' },
    },
  },
  'termination-log': {
    kind: 'text',
    env: 'CNI_PLUGINS_TERMINATION_LOG',
    otherwise: '`/dev/termination-log` where it exists',
    placeholder: 'FILE',
    meaning: 'where the report goes',
    verbs: verbNames,
  },
} as const satisfies OptionSpecs;
