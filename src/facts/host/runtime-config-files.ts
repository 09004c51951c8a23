// The files by which a runtime is configured, in the order in which it reads them: where two speak of a thing, the last counts.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { namesIn } from '../../lib/files/file-facts.ts';
import type { HostProcess } from '../node-facts.ts';
import { lookAt, type Seen, thenSeen } from '../seen.ts';
import { importedBy } from './runtime-config.ts';

/** Of the runtime's own root directory. None where it goes by its defaults. Takes SYS_PTRACE. */
export function seeConfigTexts(procPath: string, { pid, name, args }: HostProcess): Seen<readonly string[]> {
  const root = `${procPath}/${pid}/root`;
  return thenSeen(
    lookAt(root, () => statSync(`${root}/.`)),
    () => lookAt(`the configuration of ${name}`, () => textsBelow(root, name, args)),
  );
}

/** containerd names its further files itself; CRI-O reads those of a directory. */
function textsBelow(root: string, name: string, args: readonly string[]): readonly string[] {
  if (name !== 'containerd') {
    const main = textsAt(root, namedFile(args, ['--config', '-c']) ?? '/etc/crio/crio.conf');
    return [...main, ...textsAt(root, join(namedFile(args, ['--config-dir', '-d']) ?? crioDropIns, '*'))];
  }
  const path = namedFile(args, ['--config', '-config', '-c']) ?? '/etc/containerd/config.toml';
  const main = textsAt(root, path);
  const imported = main
    .flatMap(importedBy)
    .map((file) => (file.startsWith('/') ? file : join(dirname(path), file)));
  return [...main, ...imported.flatMap((file) => textsAt(root, file))];
}

const crioDropIns = '/etc/crio/crio.conf.d';

/** Of the file, or of all in its directory that a pattern such as `*.toml` means, in their order. */
function textsAt(root: string, path: string): readonly string[] {
  const directory = join(root, dirname(path));
  const pattern = basename(path).split('*').map(literally).join('.*');
  const names = basename(path).includes('*')
    ? namesIn(directory).filter((name) => new RegExp(`^${pattern}$`).test(name))
    : [basename(path)];
  const files = names.toSorted().map((name) => join(directory, name));
  return files.filter(leadsToFile).map((file) => readFileSync(file, 'utf8'));
}

function literally(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function leadsToFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** `--config FILE`, `-c FILE`, `--config=FILE`. */
export function namedFile(args: readonly string[], flags: readonly string[]): string | undefined {
  const joined = args.flatMap((arg) => {
    const [flag = '', value] = arg.split(/=(.*)/s);
    return flags.includes(flag) && value ? [value] : [];
  })[0];
  const at = args.findIndex((arg) => flags.includes(arg));
  return joined ?? (at < 0 ? undefined : args[at + 1]);
}
