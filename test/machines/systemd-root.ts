// The root of a machine that is a node as most are: systemd, udev, AppArmor, containerd and runc, all of Debian's packages.

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../image/command.ts';
import { madeOnce } from '../../image/made-once.ts';
import { keyOf } from '../throwaway-node/cache.ts';
import { guestPackages, machinesDir } from './guest-packages.ts';
import { agentScript } from './initramfs.ts';
import { makeFileSystem, type ScratchDrive } from './scratch-drive.ts';

/** libstdc++ is for the image's Node.js, which runs the tests' own client there. */
const packages = [
  'systemd',
  'systemd-sysv',
  'udev',
  'kmod',
  'iproute2',
  'iptables',
  'apparmor',
  'containerd',
  'runc',
  'libstdc++6',
];

const unit = `[Unit]
DefaultDependencies=no
After=basic.target

[Service]
ExecStart=/bin/sh /usr/lib/machine/agent.sh
OOMScoreAdjust=-1000
`;

/** For an amd64 machine's second drive; containerd is there, and not started. A copy of what is made once. */
export function systemdDrive(): ScratchDrive {
  const { kernelVersion } = guestPackages('amd64');
  const key = keyOf(kernelVersion, unit, String(readFileSync(agentScript)), ...packages);
  const made = madeOnce(join(machinesDir, `systemd-${key}`), (unfinished) => {
    const root = `${unfinished}.root`;
    installInto(root);
    furnish(root, kernelVersion);
    makeFileSystem(unfinished, 2048, ['mkfs.ext4', '-d', root]);
    rmSync(root, { recursive: true });
  });
  const scratch = mkdtempSync(join(tmpdir(), 'systemd-'));
  const file = join(scratch, 'drive');
  run('cp', ['--sparse=always', made, file]);
  return { drive: { file, writable: true }, [Symbol.dispose]: () => rmSync(scratch, { recursive: true }) };
}

/** The packages' own configuration steps run there, in a mount namespace that ends with them. */
function installInto(root: string): void {
  const words = ['--mode=root', '--variant=minbase', `--include=${packages.join()}`, '--quiet'];
  execFileSync(
    'unshare',
    ['--mount', '--propagation', 'private', 'mmdebstrap', ...words, codename(), root, '-'],
    { input: mirrors(), stdio: ['pipe', 'ignore', 'pipe'] },
  );
}

/** Those that apt has on this machine. */
function mirrors(): string {
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const targets = run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME) $(COMPONENT)']);
  const lines = targets.split('\n').filter((line) => /\/debian(-security)?\/? /.test(line));
  return [...new Set(lines)].map((line) => `deb [signed-by=${key}] ${line}\n`).join('');
}

function codename(): string {
  return /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
}

function furnish(root: string, kernelVersion: string): void {
  for (const path of ['system', 'cargo', 'opt/cni/bin', 'usr/lib/machine', `lib/modules/${kernelVersion}`]) {
    mkdirSync(join(root, path), { recursive: true });
  }
  copyFileSync(agentScript, join(root, 'usr/lib/machine/agent.sh'));
  writeFileSync(join(root, 'etc/systemd/system/agent.service'), unit);
  const wanted = join(root, 'etc/systemd/system/multi-user.target.wants');
  for (const path of [join(wanted, 'containerd.service')]) rmSync(path, { force: true });
  mkdirSync(wanted, { recursive: true });
  execFileSync('ln', ['-s', '../agent.service', join(wanted, 'agent.service')]);
}
