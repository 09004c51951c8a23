// A run's changes to a directory tree, with all bytes, read from what strace(1) says of it. Pure.

/** One change, in the order of the run. Paths are relative to the root; the root itself is ''. */
export type Operation =
  | {
      readonly do: 'make-file' | 'make-directory' | 'make-socket';
      readonly path: string;
      readonly mode: number;
    }
  | { readonly do: 'make-link'; readonly path: string; readonly target: string }
  | { readonly do: 'append'; readonly path: string; readonly bytes: Buffer }
  /** The whole of one file into another. */
  | { readonly do: 'copy'; readonly path: string; readonly from: string }
  | { readonly do: 'set-mode'; readonly path: string; readonly mode: number }
  | { readonly do: 'set-owner'; readonly path: string; readonly uid: number; readonly gid: number }
  | { readonly do: 'rename' | 'link'; readonly path: string; readonly from: string }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'sync'; readonly path: string };

/** What `operationsIn` wants of strace: text as it is, bytes in hexadecimal, nothing cut. */
export const straceOptions = ['-y', '-x', '-s', '1000000'];

/**
 * The changes that came to something. Throws for a call that changes the tree in a way that is not known here: a model
 * that leaves something out would prove nothing.
 */
export function operationsIn(trace: string, root: string): Operation[] {
  const calls = trace.split('\n').flatMap((line) => readCall(line) ?? []);
  const inRoot = (path: string): boolean => path === root || path.startsWith(`${root}/`);
  return calls
    .filter(({ args }) => pathsAmong(args).some(inRoot))
    .flatMap((call) => operationOf(call, (path) => path.slice(root.length + 1)));
}

interface TracedCall {
  readonly name: string;
  /** Strings decoded, descriptors as their paths, the rest as it was written. */
  readonly args: readonly Argument[];
}

type Argument =
  | { readonly kind: 'string'; readonly bytes: Buffer }
  | { readonly kind: 'descriptor'; readonly path: string }
  | { readonly kind: 'word'; readonly word: string };

function readCall(line: string): TracedCall | undefined {
  const [, name = '', rest = '', result = ''] = /^(\w+)\((.*)\) += (-?\d+)/.exec(line) ?? [];
  if (name === '' || result.startsWith('-')) return undefined;
  return { name, args: argumentsIn(rest) };
}

function argumentsIn(text: string): Argument[] {
  const pattern = /"((?:[^"\\]|\\.)*)"|\d+<([^>]*)>|AT_FDCWD<[^>]*>|[^,"\s]+/g;
  return [...text.matchAll(pattern)].flatMap(([whole, string, path]): Argument[] => {
    if (string !== undefined) return [{ kind: 'string', bytes: unescaped(string) }];
    if (path !== undefined) return [{ kind: 'descriptor', path }];
    return whole.startsWith('AT_FDCWD') ? [] : [{ kind: 'word', word: whole }];
  });
}

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12 };

/** strace's own way of writing a C string. */
function unescaped(text: string): Buffer {
  const bytes: number[] = [];
  for (const [piece, hex, octal] of text.matchAll(/\\x([0-9a-f]{2})|\\([0-7]{1,3})|\\(.)|[^\\]/g)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (piece.startsWith('\\')) bytes.push(escapes[piece.slice(1)] ?? piece.charCodeAt(1));
    else bytes.push(...Buffer.from(piece));
  }
  return Buffer.from(bytes);
}

function pathsAmong(args: readonly Argument[]): string[] {
  return args.flatMap((arg) => {
    if (arg.kind === 'descriptor') return [arg.path];
    const text = arg.kind === 'string' ? arg.bytes.toString() : '';
    return text.startsWith('/') ? [text] : [];
  });
}

/** Of what is only read, or of no consequence for what stands afterwards. */
const harmless = new Set(['utimensat', 'ioctl', 'sendto']);

function operationOf({ name, args }: TracedCall, relative: (path: string) => string): Operation[] {
  const [first = '', second = ''] = pathsAmong(args).map(relative);
  const words = args.flatMap((arg) => (arg.kind === 'word' ? [arg.word] : []));
  const octal = (word: string | undefined): number => Number.parseInt(word ?? '', 8) & 0o7777;
  switch (name) {
    case 'openat':
    case 'open':
      return words[0]?.includes('O_CREAT') === true
        ? [{ do: 'make-file', path: first, mode: octal(words[1]) }]
        : [];
    case 'mkdir':
      return [{ do: 'make-directory', path: first, mode: octal(words[0]) }];
    case 'symlink': {
      const [target] = args;
      return [
        { do: 'make-link', path: first, target: target?.kind === 'string' ? target.bytes.toString() : '' },
      ];
    }
    case 'write': {
      const [, data] = args;
      return data?.kind === 'string' ? [{ do: 'append', path: first, bytes: data.bytes }] : [];
    }
    case 'copy_file_range':
      return [{ do: 'copy', path: second, from: first }];
    case 'rename':
    case 'link':
      return [{ do: name, path: second, from: first }];
    case 'unlink':
    case 'rmdir':
      return [{ do: 'remove', path: first }];
    case 'chmod':
    case 'fchmod':
      return [{ do: 'set-mode', path: first, mode: octal(words[0]) }];
    case 'fchown':
    case 'lchown':
      return [{ do: 'set-owner', path: first, uid: Number(words[0]), gid: Number(words[1]) }];
    case 'fsync':
      return [{ do: 'sync', path: first }];
    default:
      if (harmless.has(name)) return [];
      throw new Error(`what ${name} does to a disk is not known here`);
  }
}
