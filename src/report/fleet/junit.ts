// A fleet as JUnit's XML: a test case for each node, each NAD, and what is about the cluster as a whole. Pure.

import type { Fleet, FleetAdvice, FleetFinding, FleetNode, Nad } from '../../fleet/fleet.ts';
import { nadId } from '../../fleet/attachments.ts';
import { printable } from '../../lib/text/printable.ts';
import { xmlEscaped } from '../xml-text.ts';

type Case =
  | { readonly name: string; readonly end: 'ok' }
  | { readonly name: string; readonly end: 'skipped'; readonly why: string }
  | {
      readonly name: string;
      readonly end: 'failure';
      readonly type: string;
      readonly messages: readonly string[];
    };

/** What nobody has told of is skipped, not passed. */
export function fleetJunit(fleet: Fleet): string {
  const { nodes, attachments, findings } = fleet;
  const byNode = findingsBy(findings, ({ node }) => node);
  const byNad = findingsBy(findings, ({ nad }) => nad);
  const suites = [
    suite(
      'nodes',
      nodes.map((node) => nodeCase(node, byNode.get(node.name) ?? [])),
    ),
    suite(
      'network attachments',
      attachments.map((nad) => nadCase(nad, byNad.get(nadId(nad)) ?? [])),
    ),
    suite('cluster', clusterCases(fleet)),
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites.flat(),
    '</testsuites>',
    '',
  ].join('\n');
}

/** By each of the names that a finding is about. */
function findingsBy(
  findings: readonly FleetFinding[],
  namesOf: (finding: FleetFinding) => readonly string[],
): ReadonlyMap<string, readonly FleetFinding[]> {
  const pairs = findings.flatMap((finding) => namesOf(finding).map((name) => ({ name, finding })));
  return new Map(
    [...Map.groupBy(pairs, ({ name }) => name)].map(([name, of]) => [name, of.map(({ finding }) => finding)]),
  );
}

/** A NAD that fails there is the NAD's own case. */
function nodeCase({ name, standing }: FleetNode, findings: readonly FleetFinding[]): Case {
  const own = findings.filter(({ nad, severity }) => nad.length === 0 && severity !== 'note');
  if (standing === 'unknown') return { name, end: 'skipped', why: 'nothing of ours has told of this node' };
  if (standing === 'stale') return { name, end: 'skipped', why: 'its watch did not answer' };
  return own.length === 0 ? { name, end: 'ok' } : failure(name, own);
}

function nadCase(nad: Nad, findings: readonly FleetFinding[]): Case {
  const name = nadId(nad);
  const own = findings.filter(({ severity }) => severity !== 'note');
  if (own.length > 0) return failure(name, own);
  if (nad.verdict === 'unknown') return { name, end: 'skipped', why: 'too little is known of the nodes' };
  return { name, end: 'ok' };
}

function clusterCases({ findings, advice, rivals }: Fleet): Case[] {
  const own = findings.filter(({ node, nad, code }) => node.length + nad.length === 0 || code === 'skew');
  const cases = [...own.map((one) => failure(one.code, [one])), ...advice.map(adviceCase)];
  return rivals.length === 0 ? [{ name: 'rival-installer', end: 'ok' }, ...cases] : cases;
}

function adviceCase({ code, severity, say, remedy, evidence }: FleetAdvice): Case {
  if (severity === 'note') return { name: code, end: 'skipped', why: `${say}; ${remedy}` };
  return { name: code, end: 'failure', type: severity, messages: [say, `what to do: ${remedy}`, evidence] };
}

function failure(name: string, findings: readonly FleetFinding[]): Case {
  const [worst] = findings;
  const messages = findings.flatMap(({ message, hint }) => [message, `what to do: ${hint}`]);
  return { name, end: 'failure', type: worst?.severity ?? 'error', messages };
}

function suite(name: string, cases: readonly Case[]): string[] {
  const of = (end: Case['end']): number => cases.filter((one) => one.end === end).length;
  return [
    `  <testsuite name="${name}" tests="${cases.length}" failures="${of('failure')}" skipped="${of('skipped')}">`,
    ...cases.map((one) => caseXml(name, one)),
    '  </testsuite>',
  ];
}

function caseXml(suiteName: string, one: Case): string {
  const open = `    <testcase classname="${suiteName}" name="${attribute(one.name)}"`;
  switch (one.end) {
    case 'ok':
      return `${open}/>`;
    case 'skipped':
      return `${open}><skipped message="${attribute(one.why)}"/></testcase>`;
    case 'failure': {
      const [first = '', ...rest] = one.messages;
      const text = rest.map(attribute).join('\n');
      return `${open}><failure type="${one.type}" message="${attribute(first)}">${text}</failure></testcase>`;
    }
  }
}

/** XML 1.0 has no place for control characters. */
function attribute(text: string): string {
  return xmlEscaped(printable(text));
}
