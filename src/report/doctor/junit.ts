// A diagnosis as JUnit's XML: a test case for each check; what was not looked at is skipped, not passed. Pure.

import type { CheckResult, Diagnosis } from '../../checks/diagnose.ts';
import { xmlEscaped } from '../xml-text.ts';

export function diagnosisJunit({ node, checks }: Diagnosis): string {
  const of = (result: CheckResult['result']): number => checks.filter((one) => one.result === result).length;
  const suite = `name="${xmlEscaped(node ?? 'doctor')}" tests="${checks.length}" failures="${of('finding')}" skipped="${of('skipped')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite ${suite}>`,
    ...checks.map(testCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ id, severity, result, message = '', remedy, because, evidence }: CheckResult): string {
  const open = `    <testcase classname="${severity}" name="${id}"`;
  switch (result) {
    case 'ok':
      return `${open}/>`;
    case 'skipped':
      return `${open}><skipped message="${xmlEscaped(message)}"/></testcase>`;
    case 'finding': {
      const lines = [
        remedy === undefined ? '' : `what to do: ${remedy}`,
        because === undefined ? '' : `follows from ${because}`,
        ...evidence,
      ].filter((line) => line !== '');
      return `${open}><failure type="${severity}" message="${xmlEscaped(message)}">${xmlEscaped(lines.join('\n'))}</failure></testcase>`;
    }
  }
}
