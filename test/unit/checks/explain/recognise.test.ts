// Promises of recognising error texts: as real programs print them, and nothing else of a kubelet's log.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkIds } from '../../../../src/checks/all.ts';
import { knownText, knownTextIds } from '../../../../src/checks/explain/known-texts.ts';
import { askedBy, nearestTexts, recognise } from '../../../../src/checks/explain/recognise.ts';
import { formattedTexts, realTexts } from './real-texts.ts';

describe('a known text', () => {
  it.each([...realTexts, ...formattedTexts])('$id is recognised as $by has it', ({ id, about, said }) => {
    const found = recognise(said).filter((one) => one.id === id);

    expect(found).toMatchObject([{ id, ...(about !== undefined && { about }) }]);
  });

  it('is tried in a form that a program has printed, each of them', () => {
    const tried = new Set([...realTexts, ...formattedTexts].map(({ id }) => id));
    expect(knownTextIds.filter((id) => !tried.has(id))).toEqual([]);
  });

  it.each(knownTextIds)('%s is recognised in its own sample, and leads to checks that there are', (id) => {
    const { sample, leadsTo } = knownText(id);

    expect(recognise(sample).map((one) => one.id)).toContain(id);
    expect(leadsTo.filter((check) => !checkIds.includes(check))).toEqual([]);
    expect(leadsTo.length).toBeGreaterThan(0);
  });

  it('that stands many times in a log is told once for each thing that it is about', () => {
    const line = (name: string): string => `failed to find plugin "${name}" in path [/opt/cni/bin]\n`;
    const found = recognise(line('macvlan').repeat(50) + line('vlan'));

    expect(found.map(({ id, about }) => [id, about])).toEqual([
      ['plugin-not-found', 'macvlan'],
      ['plugin-not-found', 'vlan'],
    ]);
    expect(askedBy(found).plugins).toEqual(['macvlan', 'vlan']);
  });
});

describe('the log of a kubelet', () => {
  /** Of kubelets 1.34.4 in this project's clusters, some of them talkative (`--v=4`), without the troubles that were made there. */
  const log = readFileSync(join(import.meta.dirname, 'kubelet-lines.txt'), 'utf8');

  it('has more than five hundred lines, of which none is taken for a known text', () => {
    const lines = log.trimEnd().split('\n');

    expect(lines.length).toBeGreaterThan(500);
    expect(lines.filter((line) => recognise(line).length > 0)).toEqual([]);
  });

  it.each([...realTexts, ...formattedTexts])('with $id by $by in its midst has that one', ({ id, said }) => {
    const before = recognise(said);
    const middle = log.indexOf('\n', log.length / 2) + 1;
    const among = recognise(`${log.slice(0, middle)}${said}\n${log.slice(middle)}`);

    expect(among).toEqual(before);
    expect(among.map((one) => one.id)).toContain(id);
  });
});

describe('a text that is not known', () => {
  it('is answered with the three that are nearest', () => {
    const nearest = nearestTexts('cannot find the plugin macvlan in its path');

    expect(nearest).toHaveLength(3);
    expect(nearest).toContain('plugin-not-found');
  });

  it('may be anything: nothing in it is executed or looked up', () => {
    expect(recognise('failed to find plugin "../../etc/passwd" in path [x]')).toHaveLength(1);
    expect(recognise('\u0000'.repeat(10_000) + '"'.repeat(10_000))).toEqual([]);
  });
});
