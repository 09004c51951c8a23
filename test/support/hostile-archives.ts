// Archives that are out to harm, each named after its attack. All of them want to be, or to displace, `macvlan`.

import { gzipSync } from 'node:zlib';
import { endOfArchive, paxRecords, tar, tarEntries, type TarEntry, tarHeader, tgz } from './tar.ts';

/** What stands under the planned name in a sound archive. */
export const plannedName = 'macvlan';
export const content: Buffer = Buffer.from('the plugin that was meant');
/** What an attack would rather have there. */
export const evil: Buffer = Buffer.from('the plugin that was not meant');

export const planned: TarEntry = { name: `./${plannedName}`, content };
const evilPlanned: TarEntry = { name: `./${plannedName}`, content: evil };

function withRecords(records: Readonly<Record<string, string>>, entry: TarEntry): TarEntry[] {
  return [{ name: 'PaxHeader', type: 'pax-header', mode: 0o644, content: paxRecords(records) }, entry];
}

function withGnuLongName(name: string, entry: TarEntry): TarEntry[] {
  return [{ name: '././@LongLink', type: 'gnu-long-name', content: `${name}\0` }, entry];
}

/** Attacks by what the planned name is: never a file, so never acceptable. */
export const inThePlannedPlace: Readonly<Record<string, Buffer>> = {
  'a symbolic link out of the archive': tgz([
    { ...planned, type: 'symlink', linkTarget: '/bin/sh', content: '' },
  ]),
  'a symbolic link to a sibling': tgz([
    { name: './bridge', content: evil },
    { ...planned, type: 'symlink', linkTarget: 'bridge', content: '' },
  ]),
  'a hard link to a sibling': tgz([
    { name: './bridge', content: evil },
    { ...planned, type: 'hardlink', linkTarget: './bridge', content: '' },
  ]),
  'a hard link out of the archive': tgz([
    { ...planned, type: 'hardlink', linkTarget: '/etc/shadow', content: '' },
  ]),
  'a character device': tgz([{ ...planned, type: 'character-device', content: '' }]),
  'a block device': tgz([{ ...planned, type: 'block-device', content: '' }]),
  'a FIFO': tgz([{ ...planned, type: 'fifo', content: '' }]),
  'a directory': tgz([{ ...planned, type: 'directory', content: '' }]),
  'a file first and a link after it': tgz([
    planned,
    { ...planned, type: 'symlink', linkTarget: '/x', content: '' },
  ]),
  'a link first and a file after it': tgz([
    { ...planned, type: 'symlink', linkTarget: '/x', content: '' },
    planned,
  ]),
  'a link by a PAX record of another name': tgz(
    withRecords({ path: plannedName }, { name: 'innocent', type: 'symlink', linkTarget: '/bin/sh' }),
  ),
};

/** Attacks by having the planned name more than once: which one is meant, nobody can say. */
export const twice: Readonly<Record<string, Buffer>> = {
  'the same name twice': tgz([planned, evilPlanned]),
  'with and without ./': tgz([planned, { ...evilPlanned, name: plannedName }]),
  'without and with ./': tgz([{ ...planned, name: plannedName }, evilPlanned]),
  'a PAX record that moves another file onto it': tgz([
    planned,
    ...withRecords({ path: `./${plannedName}` }, { name: './other', content: evil }),
  ]),
  'a GNU long name that moves another file onto it': tgz([
    planned,
    ...withGnuLongName(`./${plannedName}`, { name: './other', content: evil }),
  ]),
  'the second in a gzip member of its own': Buffer.concat([
    gzipSync(tarEntries([planned])),
    gzipSync(tar([evilPlanned])),
  ]),
};

/** Names that lead elsewhere. None of them is the planned one, whatever they end in. */
export const namesThatLeadElsewhere: readonly string[] = [
  `../${plannedName}`,
  `../../opt/cni/bin/${plannedName}`,
  `/opt/cni/bin/${plannedName}`,
  `//${plannedName}`,
  `./../${plannedName}`,
  `x/../${plannedName}`,
  '..',
];

/** Names that only look like the planned one, or stay inside but are not plain. */
export const namesThatAreOthers: readonly string[] = [
  `././${plannedName}`,
  `bin/${plannedName}`,
  `./bin/${plannedName}`,
  `${plannedName} `,
  ` ${plannedName}`,
  `${plannedName}\n`,
  plannedName.toUpperCase(),
  `-${plannedName}`,
  `.${plannedName}`,
];

export function archiveNaming(name: string): Buffer {
  return tgz([{ name, content: evil }, planned]);
}

/** A PAX record that takes the planned name away from the file which has it in its header. */
export const paxRecordThatMovesThePlannedFileAway: Buffer = tgz(withRecords({ path: './innocent' }, planned));

/** A PAX record for one entry must not name the next one too. */
export const paxRecordThatIsFollowedByAnotherFile: Buffer = tgz([
  ...withRecords({ path: './innocent' }, { name: './x', content: evil }),
  planned,
]);

export const globalPaxHeader: Buffer = tgz([
  { name: 'pax_global_header', type: 'pax-global-header', content: paxRecords({ comment: 'a commit' }) },
  planned,
]);

export const globalPaxHeaderThatNamesEveryFile: Buffer = tgz([
  { name: 'pax_global_header', type: 'pax-global-header', content: paxRecords({ path: plannedName }) },
  { name: './other', content: evil },
]);

export const gnuLongName: Buffer = tgz([
  ...withGnuLongName(`./${'n'.repeat(300)}`, { name: './n', content: evil }),
  planned,
]);

/** GNU's old form of sparse files: the map of holes stands in the header. */
export const gnuSparseFile: Buffer = tgz([{ ...planned, type: 'gnu-sparse-file' }]);

/** PAX's form: the name is in a record, the map stands before the content. */
export const paxSparseFile: Buffer = tgz(
  withRecords(
    {
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': `./${plannedName}`,
      'GNU.sparse.realsize': '9000000000',
    },
    { name: './GNUSparseFile.0/macvlan', content: evil },
  ),
);

/** Declares one byte more than a plugin may have; there is no need to send them. */
export function pluginThatDeclares(bytes: number): Buffer {
  return gzipSync(tarHeader({ ...planned, declaredSize: bytes }));
}

/** The header says a mebibyte, the archive ends long before. */
export const declaresMoreThanIsThere: Buffer = gzipSync(
  Buffer.concat([tarHeader({ ...planned, declaredSize: 1024 * 1024 }), Buffer.alloc(512, 'x')]),
);

/** A PAX record says another size than the header: the record counts, and what it cuts off must be no plugin. */
export const paxSizeThatHidesAnEntry: Buffer = gzipSync(
  Buffer.concat([
    tarEntries(withRecords({ size: '1024' }, { name: './innocent', mode: 0o644, declaredSize: 0 })),
    tarHeader({ ...evilPlanned, declaredSize: 512 }),
    Buffer.alloc(512, 'x'),
    tar([planned]),
  ]),
);

export const setuidSetgidSticky: Buffer = tgz([{ ...planned, mode: 0o7755 }]);
export const foreignOwner: Buffer = tgz([{ ...planned, uid: 1001, gid: 127, owner: 'runner' }]);

const soundArchive = tgz([planned]);
export const trailingBytesAfterGzip: Buffer = Buffer.concat([soundArchive, Buffer.from('not gzip at all')]);
export const trailingZerosAfterGzip: Buffer = Buffer.concat([soundArchive, Buffer.alloc(10_240)]);
export const entriesAfterTheEnd: Buffer = gzipSync(Buffer.concat([tar([planned]), tar([evilPlanned])]));
export const concatenatedGzipMembers: Buffer = Buffer.concat([
  gzipSync(tarEntries([{ name: './bridge', content: evil }])),
  gzipSync(tarEntries([planned])),
  gzipSync(endOfArchive),
]);

/** Bytes that are no release archive at all, by what they are. */
export const notAnArchive: Readonly<Record<string, Buffer>> = {
  'an empty file': Buffer.alloc(0),
  'an HTML page': Buffer.from('<!doctype html><html><title>Sign in</title></html>'),
  'a compressed HTML page': gzipSync('<!doctype html><html><title>Sign in</title></html>'),
  'a tar that is not compressed': tar([planned]),
  'a gzip of nothing': gzipSync(''),
  'a tar without entries': tgz([]),
  'a gzip cut in its header': soundArchive.subarray(0, 5),
  'a gzip cut in its data': soundArchive.subarray(0, soundArchive.length - 12),
  'a gzip without its checksum': soundArchive.subarray(0, soundArchive.length - 8),
  'a gzip with a wrong checksum': withFlippedByte(soundArchive, soundArchive.length - 6),
  'a tar cut in a file': gzipSync(tar([{ ...planned, content: Buffer.alloc(4096, 1) }]).subarray(0, 1024)),
  'a header with a wrong checksum': gzipSync(withFlippedByte(tar([planned]), 3)),
};

function withFlippedByte(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}
