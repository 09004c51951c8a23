// Proves which processes are seen, on directories laid out as the host's procfs is.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { isWatch, seeProcesses } from '../../../../src/facts/host/processes.ts';

const watchWords = ['/usr/bin/node', '/app/cni-plugins-installer.js', 'watch'];

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly args: readonly string[];
}

function procOf(processes: readonly Process[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'proc-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const { pid, parent, name, args } of processes) {
    const own = join(directory, String(pid));
    const behind = ['S', parent, ...Array.from({ length: 17 }, () => 0), 4711, 0].join(' ');
    mkdirSync(own);
    writeFileSync(join(own, 'stat'), `${pid} (${name}) ${behind}\n`);
    writeFileSync(join(own, 'cmdline'), args.map((word) => `${word}\0`).join(''));
  }
  return directory;
}

function seen(processes: readonly Process[]): readonly number[] {
  const found = seeProcesses(procOf(processes));
  return found.seen ? found.value.map(({ pid }) => pid) : [];
}

it('two watches are two, a child that has not become its plugin yet is none', () => {
  const one = { pid: 20, parent: 10, name: 'MainThread', args: watchWords };
  const other = { pid: 30, parent: 11, name: 'MainThread', args: watchWords };
  const fork = { pid: 40, parent: 30, name: 'MainThread', args: watchWords };

  expect(seen([one, other, fork])).toEqual([20, 30]);
});

it('a process that another of its name has started with words of its own is seen', () => {
  const parent = { pid: 20, parent: 1, name: 'dhcp', args: ['/opt/cni/bin/dhcp', 'daemon'] };
  const child = { pid: 30, parent: 20, name: 'dhcp', args: ['/opt/cni/bin/dhcp', 'daemon', '-broadcast'] };

  expect(seen([parent, child])).toEqual([20, 30]);
});

it('names with parentheses and spaces do not shift what stands behind them', () => {
  const odd = { pid: 20, parent: 1, name: 'a) b (c', args: ['a'] };
  const proc = procOf([odd, { pid: 30, parent: 20, name: 'node', args: watchWords }]);
  const found = seeProcesses(proc);

  expect(found).toMatchObject({ seen: true, value: [{ pid: 30, startTicks: 4711 }] });
  expect(found.seen && found.value.filter(isWatch)).toHaveLength(1);
});
