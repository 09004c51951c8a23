// An outcome in the log: warnings, what went wrong and what to do next, and one sentence that sums it up.

import type { Finding } from '../failure/finding.ts';
import type { Log } from '../lib/log.ts';
import type { Outcome, Trouble } from './result.ts';
import { summaryOf } from './summary.ts';

export function explain(outcome: Outcome, log: Log): void {
  for (const finding of outcome.findings) explainFinding(finding, log);
  const { trouble } = outcome;
  if (outcome.outcome === 'failed' && trouble !== undefined) return explainFailure(outcome, trouble, log);
  if (trouble !== undefined) return log.warn(summaryOf(outcome));
  return log.info(summaryOf(outcome));
}

export function explainFinding({ message, hint }: Finding, log: Log): void {
  log.warn(message, { hint });
}

function explainFailure(
  { version, plugins: { intact } }: Outcome,
  { code, message, hint, details }: Trouble,
  log: Log,
): void {
  log.error(message, { code });
  for (const detail of details) log.error(`  ${detail}`);
  if (hint !== undefined) log.error(`what to do: ${hint}`);
  if (version !== undefined) log.info(`the node has ${version}`, { intact });
}
