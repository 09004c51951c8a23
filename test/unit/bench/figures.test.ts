// Promises about what the bench makes of its measurements.

import { describe, expect, it } from 'vitest';
import { judge, spreadOf, valueOf } from '../../bench/figures.ts';
import { phasesOf } from '../../bench/phases.ts';

const usage = (cpuMs: number, wallMs = 0, rssMiB = 0) => ({ cpuMs, wallMs, rssMiB });

describe('a figure', () => {
  it('of a pair is the ratio to its own yardstick', () => {
    const pair = { ours: usage(30, 8, 50), yardstick: usage(60, 10, 5) };

    expect(valueOf('cpuRatio', pair)).toBe(0.5);
    expect(valueOf('wallRatio', pair)).toBe(0.8);
    expect(valueOf('rssMiB', pair)).toBe(50);
  });

  it('of many pairs is their median, with the middle half as its spread', () => {
    expect(spreadOf([5, 1, 100, 2, 3])).toEqual({ median: 3, lower: 2, upper: 5 });
    expect(spreadOf([1, 2])).toEqual({ median: 1.5, lower: 1.25, upper: 1.75 });
  });
});

describe('a target', () => {
  it.each([
    ['met', 'met', 1.1],
    ['not quite met, but within the spread', 'within the spread', 0.9],
    ['missed by more than the spread', 'missed', 0.7],
  ] as const)('that is %s is "%s"', (_how, verdict, target) => {
    expect(judge({ median: 1, lower: 0.8, upper: 1.2 }, target)).toBe(verdict);
  });
});

describe('a profile', () => {
  it('is told by phase, by the innermost frame that says which', () => {
    const frame = (id: number, functionName: string, url = '', children: number[] = []) => {
      return { id, callFrame: { functionName, url }, children };
    };
    const nodes = [
      frame(1, '(root)', '', [2, 4]),
      frame(2, 'prove', 'file:///x/cni-plugins-installer.js', [3]),
      frame(3, 'readSync', 'node:fs'),
      frame(4, 'main', 'file:///x/cni-plugins-installer.js'),
    ];

    const phases = phasesOf({ nodes, samples: [2, 3, 4, 1], timeDeltas: [1000, 2000, 4000, 8000] });

    expect([...phases]).toEqual([
      ['start', 8],
      ['other work of ours', 4],
      ['read', 2],
      ['prove', 1],
    ]);
  });
});
