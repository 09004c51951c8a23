// A fleet for people at a terminal: classes first, then what deviates, worst first. Pure.

import { listed } from '../../checks/check.ts';
import type { Fleet, FleetAdvice, FleetFinding, NodeClass } from '../../fleet/fleet.ts';
import { countOf } from '../../fleet/wording.ts';
import { printable } from '../../lib/text/printable.ts';
import { wrapped } from '../../lib/text/table.ts';
import { nadId } from '../../fleet/attachments.ts';
import { pluginGroups, standingWords } from './class-words.ts';
import { fleetHeadline } from './headline.ts';

const margin = '  ';

/** Of many NADs that fail in their own way each, some are named. */
const mostShown = 40;

export function fleetText(fleet: Fleet): string {
  const { classes, findings, advice } = fleet;
  const sections = [
    fleetHeadline(fleet),
    ...classes.slice(0, mostShown).map((one) => classText(one, classes.length)),
    more(classes.length, 'class', 'classes'),
    ...findings.slice(0, mostShown).map(fleetFindingText),
    more(findings.length, 'finding', 'findings'),
    ...advice.map(adviceText),
    attachmentsText(fleet),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function more(count: number, one: string, many: string): string {
  const hidden = count - mostShown;
  return hidden <= 0 ? '' : `and ${hidden} more ${hidden === 1 ? one : many}: --output json has all`;
}

function classText(one: NodeClass, classes: number): string {
  const { nodes, release, arch, kubernetes, runtime, mounts, others } = one;
  const alike = nodes.length > 1 ? `${countOf(nodes.length, 'node')} alike` : '1 node';
  const facts = [
    release ?? 'no release',
    arch,
    kubernetes === null ? null : `Kubernetes ${kubernetes}`,
    runtime,
    mounts === 'unknown' ? null : `mounts ${mounts}`,
  ].filter((fact) => fact !== null);
  const isMost = classes > 1 && one.id === 'A' && nodes.length > 8;
  return [
    ...lines(`${one.id}  ${alike}, ${standingWords[one.standing]}: ${facts.join(', ')}`, ''),
    ...pluginGroups(one).flatMap(({ word, names }) => lines(`${word}: ${names.join(', ')}`, margin)),
    ...(others.length === 0 ? [] : lines(`beside them: ${others.join(', ')}`, margin)),
    ...(isMost || classes === 1 ? [] : lines(listed(nodes), margin)),
  ].join('\n');
}

function lines(text: string, left: string): string[] {
  return wrapped(printable(text), left);
}

function fleetFindingText({ severity, code, message, hint, command }: FleetFinding): string {
  return [
    `${severity} ${code}`,
    ...lines(message, margin),
    ...lines(`what to do: ${hint}`, margin),
    ...(command === null ? [] : [`${margin}$ ${printable(command)}`]),
  ].join('\n');
}

function adviceText({ severity, code, say, remedy, evidence, nodes }: FleetAdvice): string {
  return [
    `${severity} ${code}`,
    ...lines(`${countOf(nodes.length, 'node')}: ${say}`, margin),
    ...lines(`what to do: ${remedy}`, margin),
    ...lines(`evidence: ${evidence}`, margin),
  ].join('\n');
}

function attachmentsText({ attachments }: Fleet): string {
  if (attachments.length === 0) return '';
  const of = (verdict: string): number => attachments.filter((nad) => nad.verdict === verdict).length;
  const failing = attachments.filter(({ verdict }) => verdict === 'fails').map(nadId);
  return [
    `${countOf(attachments.length, 'network attachment')}: ${of('works')} can work, ${of('fails')} would fail, ${of('unknown')} not known`,
    ...(failing.length === 0 ? [] : lines(`would fail: ${listed(failing)}`, margin)),
  ].join('\n');
}
