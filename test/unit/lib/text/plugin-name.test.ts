// Promises about names of plugins: what may become a file name in the bin dir, and what never does.

import { describe, expect, it } from 'vitest';
import { isPluginName } from '../../../../src/lib/text/plugin-name.ts';

describe('the name of a plugin', () => {
  it.each(['macvlan', 'host-device', 'my_plugin.v2', 'X', '0', 'x'.repeat(64)])('may be %j', (name) => {
    expect(isPluginName(name)).toBe(true);
  });

  it.each([
    '',
    '.',
    '..',
    '.hidden',
    '-rf',
    '_x',
    'a/b',
    '/macvlan',
    'mac vlan',
    'macvlan\n',
    'macvlan\0',
    'käse',
    'x'.repeat(65),
  ])('may not be %j', (name) => {
    expect(isPluginName(name)).toBe(false);
  });
});
