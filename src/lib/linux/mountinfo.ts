// Reads the text of /proc/<pid>/mountinfo: what is mounted where, and how mount events spread from it.
//
// Pure: text in, values out; proc_pid_mountinfo(5) is the contract. The cost is linear in the text, one object a
// mount; a busy node has a few hundred mounts, a few tens of KiB. The kernel writes the table while it is read, so two
// reads a moment apart may differ.
//
// Not for asking whether a path is a mount point (statx(2) with STATX_ATTR_MOUNT_ROOT is cheaper), and not for space,
// quota or device numbers. Mount points are those that the process sees below its own root directory: for a chrooted
// process that may be none, not even `/`.

/** A table with a line that is not understood, which the message quotes. */
export class MountinfoError extends Error {
  override readonly name = 'MountinfoError';
}

export interface PropagationGroups {
  /** The peer group this mount belongs to: events go both ways. */
  readonly sharedGroup?: number;
  /** The peer group this mount receives events from. */
  readonly masterGroup?: number;
  readonly unbindable: boolean;
}

export interface Mount {
  /** Unique on the whole machine at one time, whichever mount namespace the mount is in. */
  readonly id: number;
  /** Absolute, octal escapes decoded. A name that is not UTF-8 has U+FFFD in it. */
  readonly mountPoint: string;
  /** `major:minor` of the file system, which several mounts may show. */
  readonly device: string;
  /** What of the file system is mounted: `/`, or a directory of it. The kernel adds `//deleted` to one that is gone. */
  readonly root: string;
  /** Per mount: `rw`, `nosuid`, `relatime`, … */
  readonly options: readonly string[];
  /** Of the file system, whatever the mount: `rw`, `size=…`, … */
  readonly superOptions: readonly string[];
  readonly propagation: PropagationGroups;
}

export type Propagation = 'shared' | 'slave' | 'shared-slave' | 'private' | 'unbindable';

/**
 * Every mount of the table, in the table's order.
 *
 * A line that is not understood fails the whole table: without it a path would be taken for
 * part of another mount, and a wrong answer is worse than none. Optional fields that are not known are ignored, as the
 * man page asks of parsers.
 *
 * @throws MountinfoError
 */
export function parseMountinfo(text: string): Mount[] {
  return linesOf(text).map(parseLine);
}

/**
 * Only the mounts at or above the path, in the table's order: of a few hundred mounts three or four, for a caller that asks
 * for one path at each start. The lines of others are read no further than to their mount points.
 *
 * @param path absolute, without `.`, `..` or symbolic links
 * @throws MountinfoError for one of those that is not understood, and for any line that has no mount point
 */
export function mountsAbove(path: string, text: string): Mount[] {
  return linesOf(text)
    .filter((line) => isAtOrBelow(path, mountPointIn(line)))
    .map(parseLine);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function mountPointIn(line: string): string {
  const mountPoint = line.split(' ', fixedFields)[fixedFields - 2];
  if (mountPoint?.startsWith('/') !== true) throw malformed(line);
  return unescaped(mountPoint);
}

/**
 * The mount that holds the path: the longest mount point that is the path or a directory above it. Of several on the
 * same mount point the last one, because it is on top. The path is absolute, without `.`, `..` or symbolic links;
 * it need not exist. Undefined where nothing is mounted at or above it, not even `/`.
 */
export function mountContaining(mounts: readonly Mount[], path: string): Mount | undefined {
  let deepest: Mount | undefined;
  for (const mount of mounts) {
    if (!isAtOrBelow(path, mount.mountPoint)) continue;
    if (deepest === undefined || mount.mountPoint.length >= deepest.mountPoint.length) deepest = mount;
  }
  return deepest;
}

/** How mount events spread from and to the mount; mount_namespaces(7). */
export function propagationOf({ propagation }: Pick<Mount, 'propagation'>): Propagation {
  const receives = propagation.masterGroup !== undefined;
  if (propagation.sharedGroup !== undefined) return receives ? 'shared-slave' : 'shared';
  if (receives) return 'slave';
  return propagation.unbindable ? 'unbindable' : 'private';
}

function isAtOrBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** Fields before the optional ones: mount id, parent id, device, root, mount point, options. */
const fixedFields = 6;

/**
 * Type, source (mount(2) allows an empty one) and options of the file system. The last may be several fields: WSL's
 * drvfs prints `path=C:\Program Files` unescaped (moby/sys, mountinfo/mountinfo_linux.go).
 */
const fieldsBehindSeparator = 3;

function parseLine(line: string): Mount {
  // One space between fields, never a run of them: two in a row are an empty source.
  const fields = line.split(' ');
  const separator = fields.indexOf('-', fixedFields);
  const [id, parentId, device = '', root = '', mountPoint = '', options = ''] = fields;
  if (separator === -1 || fields.length <= separator + fieldsBehindSeparator) throw malformed(line);
  if (!isNumber(parentId) || !/^\d+:\d+$/.test(device) || !mountPoint.startsWith('/')) throw malformed(line);
  return {
    id: wholeNumber(id, line),
    mountPoint: unescaped(mountPoint),
    device,
    root: unescaped(root),
    options: options.split(','),
    superOptions: fields
      .slice(separator + fieldsBehindSeparator)
      .join(' ')
      .split(','),
    propagation: parseOptionalFields(fields.slice(fixedFields, separator), line),
  };
}

function parseOptionalFields(fields: readonly string[], line: string): PropagationGroups {
  const groups: { -readonly [key in keyof PropagationGroups]: PropagationGroups[key] } = {
    unbindable: false,
  };
  for (const field of fields) {
    const [tag, value] = field.split(':', 2);
    if (tag === 'shared') groups.sharedGroup = wholeNumber(value, line);
    else if (tag === 'master') groups.masterGroup = wholeNumber(value, line);
    else if (tag === 'unbindable') groups.unbindable = true;
  }
  return groups;
}

function wholeNumber(text: string | undefined, line: string): number {
  if (!isNumber(text)) throw malformed(line);
  return Number(text);
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}

/** The kernel writes space, tab, newline, backslash and `#` as a backslash and three octal digits. */
function unescaped(field: string): string {
  if (!field.includes('\\')) return field;
  return field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

function malformed(line: string): MountinfoError {
  return new MountinfoError(
    `the mount table has a line that is not of the form in proc_pid_mountinfo(5): ${JSON.stringify(line)}`,
  );
}
