// A diagnosis for people: causes first, each with its remedy and what follows from it; then what was not looked at. Pure.

import { type CheckResult, type Diagnosis, rootsOf } from '../../checks/diagnose.ts';
import type { Explanation } from '../../checks/explain/explain.ts';
import { wrapped } from '../../lib/text/table.ts';
import { explanationText } from './explanation.ts';

export interface Consultation {
  readonly diagnosis: Diagnosis;
  /** Of the text that was pasted; undefined where none was. */
  readonly explanation: Explanation | undefined;
}

export function consultationText({ diagnosis, explanation }: Consultation): string {
  const told = new Set(
    explanation?.texts.flatMap(({ standing }) => (standing.is === 'here' ? [standing.root.id] : [])),
  );
  const others = rootsOf(diagnosis).filter(({ id }) => !told.has(id));
  const sections = [
    ...(explanation === undefined ? [] : explanationText(explanation)),
    heading(diagnosis.node ?? 'This node', others, told.size > 0),
    ...others.map((root) => rootText(root, diagnosis)),
    notLookedAt(diagnosis),
    count(diagnosis),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function heading(who: string, roots: readonly CheckResult[], isRest: boolean): string {
  if (roots.length === 0) return `${who}: ${isRest ? 'nothing else found' : 'nothing found'}`;
  const kinds = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const found = roots.filter((root) => root.severity === severity).length;
    return found === 0 ? [] : [`${found} ${severity}${found === 1 ? '' : 's'}`];
  });
  return `${who}: ${isRest ? 'besides, ' : ''}${kinds.join(', ')}`;
}

const indent = '  ';

function rootText(root: CheckResult, diagnosis: Diagnosis): string {
  const own = root.evidence.filter((line) => line !== root.message);
  return [
    `${root.severity} ${root.id}`,
    ...wrapped(root.message ?? '', indent),
    ...wrapped(`what to do: ${root.remedy ?? ''}`, indent),
    ...own.flatMap((line) => wrapped(`- ${line}`, `${indent}${indent}`)),
    ...followers(root.id, diagnosis.checks).flatMap((one) =>
      wrapped(`from this follows ${one.id}: ${one.message ?? ''}`, indent),
    ),
  ].join('\n');
}

function followers(id: string, checks: readonly CheckResult[]): CheckResult[] {
  return checks.filter(({ because }) => because === id).flatMap((one) => [one, ...followers(one.id, checks)]);
}

/** By reason: one thing that can't be seen hides many others. */
function notLookedAt({ checks }: Diagnosis): string {
  const hidden = checks.filter(({ result, moot }) => result === 'skipped' && !moot);
  if (hidden.length === 0) return '';
  const reasons = [...Map.groupBy(hidden, ({ message }) => message ?? '')];
  const lines = reasons.flatMap(([why, of]) => {
    const remedy = of.map((one) => one.remedy).find((text) => text !== undefined);
    return [
      ...wrapped(`${why}: ${some(of.map(({ id }) => id))}`, indent),
      ...(remedy === undefined ? [] : wrapped(`to see more: ${remedy}`, `${indent}${indent}`)),
    ];
  });
  return ['Not looked at', ...lines].join('\n');
}

function some(ids: readonly string[]): string {
  return ids.length > 4 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ');
}

function count({ checks }: Diagnosis): string {
  const of = (result: CheckResult['result']): number => checks.filter((one) => one.result === result).length;
  return `${checks.length} checks: ${of('ok')} ok, ${of('finding')} found something, ${of('skipped')} not looked at`;
}
