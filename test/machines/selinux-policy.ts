// Debian's reference policy of SELinux, with types for containers, as the kernel loads it.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../image/command.ts';
import { downloadPackages } from '../../image/debian-packages.ts';
import { madeOnce } from '../../image/made-once.ts';
import { keyOf } from '../throwaway-node/cache.ts';
import { machinesDir } from './guest-packages.ts';

/** The policy itself, its compiler, and what reads its modules. */
const packages = ['selinux-policy-default', 'secilc', 'libsepol2', 'policycoreutils'];

/** `unconfined` is what lets the node's own processes do as they please. */
const modules = ['base', 'unconfined'];

const ownTypes = join(import.meta.dirname, 'selinux.cil');

/** Domains without a limit: the node before a policy is loaded, the runtime, privileged containers. */
const unlimited = 'kernel_t container_runtime_t spc_t';

/** Compiled the first time. */
export function selinuxPolicy(): Buffer {
  const own = readFileSync(ownTypes, 'utf8');
  const file = madeOnce(join(machinesDir, `selinux-${keyOf(own, unlimited, ...packages)}`), (unfinished) => {
    const scratch = `${unfinished}.scratch`;
    const root = join(scratch, 'root');
    mkdirSync(root, { recursive: true });
    const downloads = downloadPackages('amd64', packages, join(scratch, 'apt'));
    for (const deb of readdirSync(downloads)) run('dpkg-deb', ['--extract', join(downloads, deb), root]);
    compile(root, own, unfinished);
    rmSync(scratch, { recursive: true });
  });
  return readFileSync(file);
}

function compile(root: string, own: string, output: string): void {
  const env = { LD_LIBRARY_PATH: join(root, 'usr/lib/x86_64-linux-gnu') };
  const base = modules.map((name) => {
    const module = join(root, `${name}.pp`);
    run('sh', ['-c', `bunzip2 <${join(root, 'usr/share/selinux/default', name)}.pp.bz2 >${module}`]);
    run(join(root, 'usr/libexec/selinux/hll/pp'), [module, `${module}.cil`], { env });
    return readFileSync(`${module}.cil`, 'utf8').replaceAll(/^\(selinuxuser.*$/gm, '');
  });
  const text = [...base, own, rightsOfUnlimited(base.join('\n'))].join('\n');
  const whole = join(root, 'whole.cil');
  writeFileSync(whole, text);
  run(join(root, 'usr/bin/secilc'), ['-N', '-o', output, '-f', '/dev/null', whole], { env });
}

/** Everything to everything; CIL has no word for all classes. */
function rightsOfUnlimited(base: string): string {
  const [, classes = ''] = /^\(classorder \(([^)]*)\)\)$/m.exec(base) ?? [];
  const rules = classes
    .trim()
    .split(/\s+/)
    .map((name) => `(allow unlimited anything (${name} (all)))`);
  return [
    '(typeattribute anything)',
    '(typeattributeset anything (all))',
    '(typeattribute unlimited)',
    `(typeattributeset unlimited (${unlimited}))`,
    ...rules,
  ].join('\n');
}
