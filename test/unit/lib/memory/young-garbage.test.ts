// The promise that the memory of a long stream does not pile up where the collector is in our hands.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../../../../src/lib/memory/young-garbage.ts');

/** Lets a thousand buffers of 64 KiB become garbage; the most bytes of buffers that were there at once, in MiB. */
function peakMiB(option: string): number {
  const program = `
    import { YoungGarbage } from ${JSON.stringify(source)};
    const garbage = new YoungGarbage();
    let peak = 0;
    for (let count = 0; count < 1000; count += 1) {
      Buffer.allocUnsafeSlow(65536);
      garbage.grewBy(65536);
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    }
    console.log(peak / 2 ** 20);`;
  return Number(execFileSync(process.execPath, [option, '--input-type=module', '-e', program], { env: {} }));
}

describe('the garbage of a stream', () => {
  it('stays within a few collections where Node was started with --expose-gc', () => {
    expect(peakMiB('--expose-gc')).toBeLessThan(16);
  });

  it('is not collected for a few bytes, however many buffers they come in, nor where that is switched off', () => {
    const program = `
      import { YoungGarbage } from ${JSON.stringify(source)};
      let garbage = new YoungGarbage();
      let collections = 0;
      globalThis.gc = () => (collections += 1);
      const collectionsOf = (buffers, bytes) => {
        collections = 0;
        for (let count = 0; count < buffers; count += 1) garbage.grewBy(bytes);
        return collections;
      };
      const mebibyte = 1024 * 1024;
      const packets = collectionsOf(8 * 1024, 1024);
      const records = collectionsOf(512, 16 * 1024);
      const large = collectionsOf(128, mebibyte);
      garbage = new YoungGarbage(false);
      const switchedOff = collectionsOf(128, mebibyte);
      console.log(JSON.stringify([packets, records, large, switchedOff]));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { env: {} });

    expect(JSON.parse(output.toString())).toEqual([8, 8, 2, 0]);
  });

  it('is left to V8 where Node has no collector to call: every byte is counted, and nothing comes of it', () => {
    const program = `
      import { YoungGarbage } from ${JSON.stringify(source)};
      const garbage = new YoungGarbage();
      for (let count = 0; count < 1000; count += 1) garbage.grewBy(65536);
      console.log(typeof globalThis.gc);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { env: {} });

    expect(output.toString()).toBe('undefined\n');
  });
});
