// Promise: whatever the source has for an operator to read is in one voice, so that joined sentences read as sentences.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAst } from 'vitest/node';
import { faultsInVoice, wordsToAvoid } from '../../support/voice.ts';

const root = join(import.meta.dirname, '../../..');
const files = globSync('src/**/*.ts', { cwd: root, exclude: ['src/dev/**'] }).toSorted();

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

interface Text {
  readonly file: string;
  /** What is computed stands as `…`. */
  readonly text: string;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

function treeOf(file: string): Node {
  return parseAst(readFileSync(join(root, file), 'utf8'), { lang: 'ts' }) as unknown as Node;
}

function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesIn(child);
}

/** Every text that the expression may come to, as far as it stands in it. */
function textsOf(expression: unknown): string[] {
  if (!isNode(expression)) return [];
  switch (expression.type) {
    case 'Literal':
      return typeof expression['value'] === 'string' ? [expression['value']] : [];
    case 'TemplateLiteral':
      return [templateText(expression)];
    case 'ConditionalExpression':
      return [...textsOf(expression['consequent']), ...textsOf(expression['alternate'])];
    case 'LogicalExpression':
      return [...textsOf(expression['left']), ...textsOf(expression['right'])];
    case 'BinaryExpression':
      return [[textsOf(expression['left'])[0] ?? '…', textsOf(expression['right'])[0] ?? '…'].join('')];
    default:
      return [];
  }
}

function templateText({ quasis }: Node): string {
  return (quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…');
}

/** Properties that are read by people as a sentence, or as the part of one. */
const spoken = new Set(['message', 'hint', 'found', 'means', 'remedy']);

function spokenIn(file: string): Text[] {
  const properties = [...nodesIn(treeOf(file))].filter(({ type }) => type === 'Property');
  return properties
    .filter(({ key }) => isNode(key) && spoken.has(String(key['name'])))
    .flatMap(({ value }) => textsOf(value).map((text) => ({ file, text })));
}

function literalsIn(file: string): Text[] {
  const literals = [...nodesIn(treeOf(file))].filter(
    ({ type }) => type === 'Literal' || type === 'TemplateLiteral',
  );
  return literals.flatMap((literal) => textsOf(literal).map((text) => ({ file, text })));
}

describe('the texts of the source', () => {
  const sentences = files.flatMap(spokenIn);

  it('are found: there are more than a hundred', () => {
    expect(sentences.length).toBeGreaterThan(100);
  });

  it('begin in lower case and end without a full stop', () => {
    const faults = sentences.map(({ file, text }) => ({ file, text, faults: faultsInVoice(text) }));

    expect(faults.filter((one) => one.faults.length > 0)).toEqual([]);
  });

  it('use the words that operators search for', () => {
    const faults = files
      .flatMap(literalsIn)
      .map(({ file, text }) => ({ file, text, faults: wordsToAvoid(text) }));

    expect(faults.filter((one) => one.faults.length > 0)).toEqual([]);
  });
});

describe('the voice', () => {
  it.each([
    ['The disk is full', 'it begins in upper case'],
    ['A disk is full', 'it begins in upper case'],
    ['the disk is full.', 'it ends in a full stop'],
    ['the disk\nis full', 'it has more than one line'],
    ['/opt is no directory', '"is no directory" where "is not a …" is meant'],
    ['the archive could not be had', '"could not be had" where "could not be obtained" is meant'],
  ])('is not that of %j', (text, fault) => {
    expect(faultsInVoice(text)).toEqual([fault]);
  });

  it.each(['HTTPS_PROXY is wrong', 'SELinux forbids it', '/opt/cni/bin is full', '`mount /` failed, …'])(
    'may be that of %j',
    (text) => {
      expect(faultsInVoice(text)).toEqual([]);
    },
  );
});
