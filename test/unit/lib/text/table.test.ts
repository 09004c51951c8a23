// Promises about text in columns.

import { describe, expect, it } from 'vitest';
import { textTable } from '../../../../src/lib/text/table.ts';

describe('a table of text', () => {
  it('has columns as wide as their widest cell, two spaces apart, and nothing at the end of a line', () => {
    const rows = [
      ['PLUGIN', 'STATE'],
      ['host-device', 'intact'],
      ['ptp', ''],
    ];
    expect(textTable(rows)).toBe('PLUGIN       STATE\nhost-device  intact\nptp');
  });

  it('may have rows of several lengths', () => {
    expect(textTable([['a'], ['bbb', 'c']])).toBe('a\nbbb  c');
  });

  it('is empty without rows', () => {
    expect(textTable([])).toBe('');
  });
});
