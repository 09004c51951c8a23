// From facts to a diagnosis: every check, and which findings are causes and which only follow from one. Pure.

import type { NodeFacts } from '../facts/node-facts.ts';
import { allChecks, checkIds } from './all.ts';
import type { Severity, CheckEnd } from './check.ts';
import { printable } from '../lib/text/printable.ts';
import type { CheckId } from './ids.ts';

export interface CheckResult {
  readonly id: CheckId;
  /** Of a cause: the worst of its own and of what follows from it. */
  readonly severity: Severity;
  readonly result: CheckEnd['result'];
  /** It was skipped because there was nothing to look at. */
  readonly moot: boolean;
  /** What was found, or why nothing was looked at. */
  readonly message: string | undefined;
  readonly remedy: string | undefined;
  /** The finding that this one follows from; undefined for a cause. */
  readonly because: CheckId | undefined;
  readonly evidence: readonly string[];
  /** Names of what was found; undefined where it is about the node as a whole. */
  readonly subjects: readonly string[] | undefined;
}

export interface Diagnosis {
  readonly node: string | undefined;
  /** Each check once. */
  readonly checks: readonly CheckResult[];
}

export function diagnose(facts: NodeFacts): Diagnosis {
  const verdicts = new Map(checkIds.map((id) => [id, allChecks[id].judge(facts)] as const));
  const results = [...verdicts].map(([id, verdict]) => resultOf(id, verdict, verdicts));
  return {
    node: facts.node,
    checks: results.map((result) => ({ ...result, severity: weight(result, results) })),
  };
}

function resultOf(id: CheckId, verdict: CheckEnd, all: ReadonlyMap<CheckId, CheckEnd>): CheckResult {
  const usual = allChecks[id].severity;
  const nothing = {
    message: undefined,
    remedy: undefined,
    because: undefined,
    evidence: [],
    moot: false,
    subjects: undefined,
  };
  switch (verdict.result) {
    case 'ok':
      return { id, severity: usual, result: 'ok', ...nothing };
    case 'skipped':
      return {
        id,
        severity: usual,
        result: 'skipped',
        ...nothing,
        moot: verdict.moot,
        message: printable(verdict.why),
        remedy: verdict.remedy,
      };
    case 'finding':
      return {
        id,
        severity: verdict.severity ?? usual,
        result: 'finding',
        ...nothing,
        message: printable(verdict.message),
        remedy: printable(verdict.remedy),
        because: causeOf(verdict.because, all),
        subjects: verdict.subjects,
        evidence: (verdict.evidence ?? []).map(printable),
      };
  }
}

/** What a check thinks that it follows from, where that has been found. */
function causeOf(because: CheckId | undefined, all: ReadonlyMap<CheckId, CheckEnd>): CheckId | undefined {
  return because !== undefined && all.get(because)?.result === 'finding' ? because : undefined;
}

const order: readonly Severity[] = ['note', 'warning', 'error'];

function weight(result: CheckResult, all: readonly CheckResult[]): Severity {
  const own = followersOf(result.id, all).map(({ severity }) => order.indexOf(severity));
  return order[Math.max(order.indexOf(result.severity), ...own)] ?? result.severity;
}

function followersOf(id: CheckId, all: readonly CheckResult[]): readonly CheckResult[] {
  const next = all.filter(({ because }) => because === id);
  return next.flatMap((one) => [one, ...followersOf(one.id, all)]);
}

export function resultOfCheck(id: CheckId, { checks }: Diagnosis): CheckResult {
  const found = checks.find((one) => one.id === id);
  if (found === undefined) throw new Error(`a diagnosis has every check, but not ${id}`);
  return found;
}

/** Causes, worst first; in the order of the checks where they weigh the same. */
export function rootsOf({ checks }: Diagnosis): readonly CheckResult[] {
  return checks
    .filter(({ result, because }) => result === 'finding' && because === undefined)
    .toSorted((a, b) => order.indexOf(b.severity) - order.indexOf(a.severity));
}

/** Whether a cause weighs as much as is asked for. */
export function failsOn(diagnosis: Diagnosis, failOn: 'error' | 'warning' | 'never'): boolean {
  if (failOn === 'never') return false;
  return rootsOf(diagnosis).some(({ severity }) => order.indexOf(severity) >= order.indexOf(failOn));
}
