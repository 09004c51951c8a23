// Promises of reading an archive: the planned plugin or an error, whatever the archive is made of; nothing else is taken.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  createWriteStream,
  fstatSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/failure/failure.ts';
import {
  maxPluginBytes,
  type Reading,
  type ReadingRequest,
  readArchive,
} from '../../../src/release/archive.ts';
import * as hostile from '../../support/hostile-archives.ts';
import { endOfArchive, type TarEntry, tarHeader, tgz } from '../../support/tar.ts';

const directory = mkdtempSync(join(tmpdir(), 'archive-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const origin = '/archives/hostile.tgz';
let files = 0;

/** Plugins that were read whole, by name, beside what the reader says. */
interface Read {
  readonly reading: Reading;
  readonly plugins: Readonly<Record<string, Buffer>>;
}

async function read(bytes: Buffer, request: Partial<ReadingRequest> = {}): Promise<Read> {
  const plugins: Record<string, Buffer> = {};
  const fd = openSync(written(bytes), 'r');
  try {
    const reading = await readArchive({
      fd,
      origin,
      wanted: new Set([hostile.plannedName]),
      begin: (name) => {
        const parts: Buffer[] = [];
        const finish = (): void => void (plugins[name] = Buffer.concat(parts));
        return { write: (part) => parts.push(Buffer.from(part)), finish };
      },
      signal: AbortSignal.timeout(20_000),
      ...request,
    });
    return { reading, plugins };
  } finally {
    closeSync(fd);
  }
}

function written(bytes: Buffer): string {
  const path = join(directory, String((files += 1)));
  writeFileSync(path, bytes);
  return path;
}

async function refusal(bytes: Buffer, request: Partial<ReadingRequest> = {}): Promise<Failure> {
  try {
    await read(bytes, request);
  } catch (error) {
    return error as Failure;
  }
  throw new Error('it was accepted');
}

const sound: TarEntry[] = [
  { name: './', type: 'directory' },
  { name: './bridge', content: 'bridge' },
  { name: './LICENSE', mode: 0o644, content: 'licence' },
  { name: './macvlan', content: 'macvlan' },
  { name: './README.md', mode: 0o644, content: 'read me' },
];

describe("upstream's own layout", () => {
  it('gives the wanted plugins, and says what else the release has', async () => {
    const { reading, plugins } = await read(tgz(sound));
    expect(plugins).toEqual({ macvlan: Buffer.from('macvlan') });
    expect(reading).toEqual({
      offered: ['bridge', 'macvlan'],
      suspicious: [],
      strippedBits: [],
    });
  });

  it('gives every plugin and no paper when all are wanted', async () => {
    const { plugins } = await read(tgz(sound), { wanted: 'all' });
    expect(Object.keys(plugins).toSorted()).toEqual(['bridge', 'macvlan']);
  });

  it('is read by the descriptor, whatever its position, which stays open', async () => {
    const fd = openSync(written(tgz(sound)), 'r');
    const finished: string[] = [];
    const request: ReadingRequest = {
      fd,
      origin,
      wanted: new Set(['macvlan']),
      begin: (name) => ({ write: () => undefined, finish: () => finished.push(name) }),
      signal: AbortSignal.timeout(20_000),
    };

    await readArchive(request);
    await readArchive(request);

    expect(finished).toEqual(['macvlan', 'macvlan']);
    expect(fstatSync(fd).isFile()).toBe(true);
    closeSync(fd);
  });

  it('leaves the descriptor open to its owner when the archive is refused too', async () => {
    const [refused = Buffer.alloc(0)] = Object.values(hostile.inThePlannedPlace);
    const fd = openSync(written(refused), 'r');

    const reading = readArchive({
      fd,
      origin,
      wanted: new Set(['macvlan']),
      begin: () => ({ write: () => undefined, finish: () => undefined }),
      signal: AbortSignal.timeout(20_000),
    });

    await expect(reading).rejects.toMatchObject({ kind: 'content' });
    expect(() => closeSync(fd)).not.toThrow();
  });

  it('that lacks a wanted plugin says which, and what it has', async () => {
    expect(await refusal(tgz(sound), { wanted: new Set(['macvlan', 'vlan', 'dhcp']) })).toMatchObject({
      kind: 'content',
      code: 'plugin-not-in-archive',
      message: expect.stringMatching(/lacks vlan, dhcp; it has bridge, macvlan/),
    });
  });
});

describe('in the place of a planned plugin', () => {
  it.each(Object.entries(hostile.inThePlannedPlace))(
    '%s is refused by the name of the plugin',
    async (_attack, bytes) => {
      expect(await refusal(bytes)).toMatchObject({
        kind: 'content',
        message: expect.stringContaining(hostile.plannedName),
        hint: expect.any(String),
      });
    },
  );
});

describe('a planned plugin that is there more than once', () => {
  it.each(Object.entries(hostile.twice))('is refused: %s', async (_attack, bytes) => {
    expect(await refusal(bytes)).toMatchObject({ kind: 'content', code: 'plugin-twice' });
  });
});

describe('a name that leads elsewhere', () => {
  it.each(hostile.namesThatLeadElsewhere)('is ignored and told of: %j', async (name) => {
    const { reading, plugins } = await read(hostile.archiveNaming(name));
    expect(plugins).toEqual({ macvlan: hostile.content });
    expect(reading.suspicious).toEqual([expect.stringContaining(name)]);
  });
});

describe('a name that only looks like the planned one', () => {
  it.each(hostile.namesThatAreOthers)('is another: %j', async (name) => {
    const { plugins } = await read(hostile.archiveNaming(name));
    expect(plugins).toEqual({ macvlan: hostile.content });
  });

  it.each(['hasOwnProperty', '__proto__', 'constructor'])(
    'is no name of an ordinary object either: %s',
    async (name) => {
      const { plugins } = await read(hostile.archiveNaming(name));
      expect(plugins).toEqual({ macvlan: hostile.content });
    },
  );
});

describe('a PAX record', () => {
  it('that moves the planned file away leaves nothing under the planned name', async () => {
    expect(await refusal(hostile.paxRecordThatMovesThePlannedFileAway)).toMatchObject({
      code: 'plugin-not-in-archive',
    });
  });

  it('for one entry does not rename the next', async () => {
    const { plugins } = await read(hostile.paxRecordThatIsFollowedByAnotherFile);
    expect(plugins).toEqual({ macvlan: hostile.content });
  });

  it('for the whole archive, as git writes it, is no obstacle', async () => {
    expect((await read(hostile.globalPaxHeader)).plugins).toEqual({ macvlan: hostile.content });
  });

  it('for the whole archive does not rename its files', async () => {
    expect(await refusal(hostile.globalPaxHeaderThatNamesEveryFile)).toMatchObject({ kind: 'content' });
  });

  it('of another size than the header does not bring a hidden entry to light', async () => {
    const { plugins } = await read(hostile.paxSizeThatHidesAnEntry);
    expect(plugins).toEqual({ macvlan: hostile.content });
  });
});

describe('forms of GNU tar', () => {
  it('with a long name are read past', async () => {
    expect((await read(hostile.gnuLongName)).plugins).toEqual({ macvlan: hostile.content });
  });

  it.each([
    ['in the header', hostile.gnuSparseFile],
    ['in PAX records', hostile.paxSparseFile],
  ])('with holes %s are never taken for a whole plugin', async (_form, bytes) => {
    expect(await refusal(bytes)).toMatchObject({ kind: 'content' });
  });
});

describe('a size', () => {
  it('beyond the bound is refused by what is declared, before a byte of it is read', async () => {
    const begun: string[] = [];
    const begin: ReadingRequest['begin'] = (name) => {
      begun.push(name);
      return { write: () => undefined, finish: () => undefined };
    };
    const error = await refusal(hostile.pluginThatDeclares(maxPluginBytes + 1), { begin });
    expect(error).toMatchObject({ kind: 'content', code: 'plugin-too-large' });
    expect(error.message).toContain(String(maxPluginBytes));
    expect(begun).toEqual([]);
  });

  it('beyond what is there is an archive that is damaged, never a short plugin', async () => {
    const finished: string[] = [];
    const begin: ReadingRequest['begin'] = (name) => ({
      write: () => undefined,
      finish: () => void finished.push(name),
    });
    expect(await refusal(hostile.declaresMoreThanIsThere, { begin })).toMatchObject({ kind: 'content' });
    expect(finished).toEqual([]);
  });

  it('of more than 1 GiB of zeros is refused on the way, in the memory that an ordinary archive takes', async () => {
    const ordinary = await readInProcess(100);
    const bomb = await readInProcess(1025);

    expect(ordinary).toMatchObject({ failure: 'plugin-not-in-archive', writtenBytes: 0 });
    expect(bomb).toMatchObject({ failure: 'archive-too-large', writtenBytes: 0 });
    expect(bomb.peakMiB - ordinary.peakMiB).toBeLessThan(24);
  });
});

interface ProcessReading {
  /** The code of the failure; empty when there was none. */
  readonly failure: string;
  readonly writtenBytes: number;
  /** Of the whole process, Node included. */
  readonly peakMiB: number;
}

/** Reads an archive of so many mebibytes of zeros in a process of its own. */
async function readInProcess(mebibytes: number): Promise<ProcessReading> {
  const archive = join(directory, `${mebibytes}-mebibytes.tgz`);
  await writeZeros(archive, mebibytes);
  const script = join(import.meta.dirname, 'fixtures/read-archive.ts');
  return JSON.parse(
    execFileSync(process.execPath, [script, archive], { encoding: 'utf8' }),
  ) as ProcessReading;
}

/** One entry that nobody asked for; some mebibytes when compressed. */
async function writeZeros(path: string, mebibytes: number): Promise<void> {
  const zeros = Buffer.alloc(1024 * 1024);
  const parts = function* (): Generator<Buffer> {
    yield tarHeader({ name: './zeros', mode: 0o644, declaredSize: mebibytes * zeros.length });
    for (let count = 0; count < mebibytes; count += 1) yield zeros;
    yield endOfArchive;
  };
  await pipeline(Readable.from(parts()), createGzip({ level: 1 }), createWriteStream(path));
}

describe('permissions and owners', () => {
  it('setuid, setgid and sticky bits are not taken over, and told of', async () => {
    const { reading, plugins } = await read(hostile.setuidSetgidSticky);
    expect(plugins).toEqual({ macvlan: hostile.content });
    expect(reading.strippedBits).toEqual(['macvlan']);
  });

  it('a foreign owner is of no interest', async () => {
    const { reading, plugins } = await read(hostile.foreignOwner);
    expect(plugins).toEqual({ macvlan: hostile.content });
    expect(reading).toMatchObject({ suspicious: [], strippedBits: [] });
  });
});

describe('around the gzip stream', () => {
  it.each([
    ['bytes after it are ignored', hostile.trailingBytesAfterGzip],
    ['zeros after it are ignored', hostile.trailingZerosAfterGzip],
    ['several members are one archive', hostile.concatenatedGzipMembers],
    ['entries after the end of the archive are not read', hostile.entriesAfterTheEnd],
  ])('%s', async (_promise, bytes) => {
    expect((await read(bytes)).plugins).toEqual({ macvlan: hostile.content });
  });
});

describe('what is no sound archive', () => {
  it.each(Object.entries(hostile.notAnArchive))('is said to be none: %s', async (_what, bytes) => {
    expect(await refusal(bytes)).toMatchObject({
      kind: 'content',
      message: expect.stringContaining(origin),
      hint: expect.any(String),
    });
  });
});

describe('an archive whose contents are known', () => {
  const contents = ['macvlan', 'vlan', 'vrf'];
  const layout = (last: Buffer): TarEntry[] => [
    { name: './macvlan', content: hostile.content },
    { name: './vlan', content: 'vlan' },
    { name: './vrf', content: last },
  ];
  /** More than is read at once, so that the reader can have enough before it comes to the end. */
  const long = tgz(layout(randomBytes(2 * 1024 * 1024)));
  const endless = long.subarray(0, long.length - 100);

  it('is not read beyond the last wanted plugin', async () => {
    const { reading, plugins } = await read(endless, { contents });
    expect(plugins).toEqual({ macvlan: hostile.content });
    expect(reading).toMatchObject({ offered: contents });
  });

  it('is read whole where the contents are not known', async () => {
    expect(await refusal(endless)).toMatchObject({ kind: 'content', code: 'archive-damaged' });
  });

  it.each([
    ['all', 'all' as const],
    ['the last', new Set(['vrf'])],
    ['one that is not in it', new Set(['macvlan', 'bridge'])],
  ])('is read to its end for the sake of %s', async (_which, wanted) => {
    expect(await refusal(endless, { contents, wanted })).toMatchObject({
      kind: 'content',
      code: 'archive-damaged',
    });
  });

  it('gives all plugins when all are wanted', async () => {
    const { plugins } = await read(tgz(layout(Buffer.from('vrf'))), { contents, wanted: 'all' });
    expect(Object.keys(plugins)).toEqual(contents);
  });

  it('that lacks a wanted plugin says so', async () => {
    const wanted = new Set(['macvlan', 'bridge']);
    expect(await refusal(long, { contents, wanted })).toMatchObject({ code: 'plugin-not-in-archive' });
  });
});

describe('reading', () => {
  it('ends with what the sink throws, as it was thrown', async () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const begin: ReadingRequest['begin'] = () => ({
      write: () => {
        throw full;
      },
      finish: () => undefined,
    });
    expect(await refusal(tgz(sound), { begin })).toBe(full);
  });

  it("ends with the signal's own reason", async () => {
    const reason = new Error('stopped');
    expect(await refusal(tgz(sound), { signal: AbortSignal.abort(reason) })).toBe(reason);
  });
});
