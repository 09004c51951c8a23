// Promises on a node with exactly one fault: exactly its cause is found, whatever follows from it.

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { optionTable, verbNames } from '../../../src/arguments/options.ts';
import { checkIds } from '../../../src/checks/all.ts';
import type { CheckId } from '../../../src/checks/ids.ts';
import { textOf } from '../../docs/pages.ts';
import { FakeNode, resultOf, rootIds } from './fake-node.ts';
import { faults, withDhcp, withDhcpAttachment, withDhcpRecord } from './faults.ts';

/** These only say what could not be seen; test/unit/checks/healthy.test.ts has them. */
const onlySkipped: ReadonlySet<CheckId> = new Set(['host-proc-absent', 'host-proc-hidden']);

const chart = parse(textOf('manifests/chart/values.yaml')) as Record<string, unknown>;

function isValue(path: string): boolean {
  let at: unknown = chart;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || !(name in at)) return false;
    at = (at as Record<string, unknown>)[name];
  }
  return true;
}

/** Verbs, options and values of ours that there are not. */
function unknownIn(remedy: string): string[] {
  const called = [...remedy.matchAll(/cni-plugins-installer ([a-z-]+)|(?<![\w-])--([a-z0-9-]+)/g)];
  const names = called.flatMap(([all, verb, option]) => {
    if (verb !== undefined) return (verbNames as readonly string[]).includes(verb) ? [] : [all];
    return option === undefined || Object.hasOwn(optionTable, option) || ofOthers.has(option) ? [] : [all];
  });
  const values = [
    ...remedy.matchAll(/(?:with|of) our chart `([\w.]+)/g),
    ...remedy.matchAll(/`([\w.]+)[^`]*` (?:with|of) our chart/g),
  ].map(([, path = '']) => path);
  return [...names, ...values.filter((path) => !isValue(path))];
}

/** Options of kubectl and systemctl. */
const ofOthers: ReadonlySet<string> = new Set([
  'all-namespaces',
  'field-selector',
  'profile',
  'now',
  'make-rshared',
  'namespace',
]);

describe('a node with one fault', () => {
  it('is tried for every check', () => {
    const untried = checkIds.filter((id) => faults[id] === undefined && !onlySkipped.has(id));
    expect(untried).toEqual([]);
  });

  it.each(Object.entries(faults))('%s is the one cause that is found', async (id, fault) => {
    using node = new FakeNode();
    const around = fault(node) ?? {};

    const diagnosis = await node.diagnosis(around);

    expect(rootIds(diagnosis)).toEqual([id]);
    const { remedy = '' } = resultOf(diagnosis, id);
    expect(remedy).toMatch(/\S/);
    expect(unknownIn(remedy)).toEqual([]);
  });
});

describe('an attachment that is older than the DHCP daemon', () => {
  it.each([
    ['same', undefined, 'ok'],
    ['unknown', undefined, 'ok'],
    ['failed', undefined, 'finding'],
    ['same', 1_000, 'finding'],
  ])('of which our verb says "%s", started at %s, is %s', async (result, startedMs, expected) => {
    using node = new FakeNode();
    const around = withDhcp(node);
    withDhcpAttachment(node);
    withDhcpRecord(node, result, startedMs);

    const diagnosis = await node.diagnosis(around);

    expect(resultOf(diagnosis, 'dhcp-leases-orphaned')).toMatchObject({ result: expected });
    expect(resultOf(diagnosis, 'dhcp-address-moved')).toMatchObject({ result: 'ok' });
  });

  it('is found by what the runtime remembers, though no configuration at hand has DHCP', async () => {
    using node = new FakeNode();
    withDhcpAttachment(node);

    expect(rootIds(await node.diagnosis({}))).toEqual(['dhcp-leases-orphaned']);
  });
});
