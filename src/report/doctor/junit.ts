// A diagnosis as JUnit's XML: a test case for each check; what was not looked at is skipped, not passed. Pure.

import type { CheckResult, Diagnosis } from '../../checks/diagnose.ts';

export function diagnosisJunit({ node, checks }: Diagnosis): string {
  const of = (result: CheckResult['result']): number => checks.filter((one) => one.result === result).length;
  const suite = `name="${escaped(node ?? 'doctor')}" tests="${checks.length}" failures="${of('finding')}" skipped="${of('skipped')}"`;
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
      return `${open}><skipped message="${escaped(message)}"/></testcase>`;
    case 'finding': {
      const lines = [
        remedy === undefined ? '' : `what to do: ${remedy}`,
        because === undefined ? '' : `follows from ${because}`,
        ...evidence,
      ].filter((line) => line !== '');
      return `${open}><failure type="${severity}" message="${escaped(message)}">${escaped(lines.join('\n'))}</failure></testcase>`;
    }
  }
}

/** Characters that XML 1.0 has no place for are escaped before they come here. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
