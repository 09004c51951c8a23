// Promises of durable files: the whole old content or the whole new one, and nothing else left behind.

import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fsyncDirectory, writeFileDurably, writeWhole } from '../../../../src/lib/files/atomic-file.ts';
import { inodeOf, modeOf } from '../../../support/snapshot.ts';

interface Desk extends Disposable {
  readonly directory: string;
  readonly path: string;
  readonly temporary: string;
}

function desk(): Desk {
  const directory = mkdtempSync(join(tmpdir(), 'atomic-file-'));
  return {
    directory,
    path: join(directory, 'ledger.json'),
    temporary: join(directory, 'temporary'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

describe('a file that is written durably', () => {
  it('has the whole text, and its temporary name is gone', () => {
    using own = desk();
    const { directory, path, temporary } = own;

    writeFileDurably(path, 'new\n', temporary);

    expect(readFileSync(path, 'utf8')).toBe('new\n');
    expect(readdirSync(directory)).toEqual(['ledger.json']);
  });

  it('takes the place of the old one, which whoever has it open still reads whole', () => {
    using own = desk();
    const { directory, path, temporary } = own;
    writeFileSync(path, 'old');
    const other = join(directory, 'other-name');
    linkSync(path, other);
    const inode = inodeOf(path);

    writeFileDurably(path, 'new', temporary);

    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readFileSync(other, 'utf8')).toBe('old');
    expect(inodeOf(path)).not.toBe(inode);
  });

  it('replaces a symbolic link, and does not write through it', () => {
    using own = desk();
    const { directory, path, temporary } = own;
    const target = join(directory, 'target');
    writeFileSync(target, 'theirs');
    symlinkSync(target, path);

    writeFileDurably(path, 'ours', temporary);

    expect(readFileSync(target, 'utf8')).toBe('theirs');
    expect(readFileSync(path, 'utf8')).toBe('ours');
  });

  it('is readable for all whatever the umask', () => {
    using own = desk();
    const { path, temporary } = own;
    const module = join(import.meta.dirname, '../../../../src/lib/files/atomic-file.ts');
    const code = `process.umask(0o077); const { writeFileDurably } = await import(${JSON.stringify(module)}); writeFileDurably(...process.argv.slice(1));`;

    execFileSync(process.execPath, ['--input-type=module', '-e', code, path, 'text', temporary]);

    expect(modeOf(path)).toBe('0644');
  });
});

describe('a write that fails', () => {
  it('leaves the old content and no temporary name when the name can not be taken', () => {
    using own = desk();
    const { directory, path, temporary } = own;
    mkdirSync(join(path, 'full'), { recursive: true });

    expect(() => writeFileDurably(path, 'new', temporary)).toThrow(
      expect.objectContaining({ code: 'EISDIR' }),
    );

    expect(existsSync(join(path, 'full'))).toBe(true);
    expect(readdirSync(directory)).toEqual(['ledger.json']);
  });

  it('says the error of the system when the directory is not there', () => {
    using own = desk();
    const { directory, path } = own;

    const write = (): void => writeFileDurably(path, 'new', join(directory, 'absent/temporary'));

    expect(write).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('writing whole', () => {
  it('writes every byte, also of a large buffer, also none', () => {
    using own = desk();
    const { path } = own;
    const bytes = Buffer.alloc(3_000_001, 'abc');
    const fd = openSync(path, 'wx');

    writeWhole(fd, Buffer.alloc(0));
    writeWhole(fd, bytes);
    closeSync(fd);

    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

describe('making names last', () => {
  it('takes directories only', () => {
    using own = desk();
    const { directory, path } = own;
    writeFileSync(path, '');
    expect(() => fsyncDirectory(directory)).not.toThrow();
    expect(() => fsyncDirectory(path)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  });
});
