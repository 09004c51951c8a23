// What passes for a plugin's answer to VERSION, and what does not.

import { expect, it } from 'vitest';
import { supportedVersionsIn } from '../../../../src/node/plugins/version-answer.ts';

it.each<[text: string, versions: readonly string[]]>([
  ['{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}\n', ['0.4.0', '1.0.0']],
  ['{"supportedVersions":["0.1.0"],"more":{}}', ['0.1.0']],
])('%j says which versions of the specification it speaks', (text, versions) => {
  expect(supportedVersionsIn(text)).toEqual(versions);
});

it.each([
  '',
  'CNI bridge plugin v1.9.1',
  'null',
  '[]',
  '["1.0.0"]',
  '{}',
  '{"supportedVersions":[]}',
  '{"supportedVersions":"1.0.0"}',
  '{"supportedVersions":{"0":"1.0.0"}}',
  '{"supportedVersions":["1.0.0",1]}',
  '{"supportedVersions":["1.0.0"]',
  '{"code":4,"msg":"unknown command"}',
])('%j does not', (text) => {
  expect(supportedVersionsIn(text)).toBeUndefined();
});
