// Whether this machine's processor runs other machines by itself, or QEMU has to emulate one.

import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownArch } from '../support/own-arch.ts';
import type { ImageArch } from '../../image/platform.ts';
import { machinesDir } from './guest-packages.ts';
import { bootMachine } from './machine.ts';
import type { Accelerator } from './qemu.ts';

/** A boot that takes seconds under emulation takes less with KVM, or never ends. */
const trialMs = 15_000;

/** KVM where a trial boot with it works: a /dev/kvm says little. What came of the trial is kept until this machine boots. */
export async function acceleratorFor(arch: ImageArch): Promise<Accelerator> {
  if (arch !== ownArch || !mayUseKvm()) return 'tcg';
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const verdict = join(machinesDir, `accelerator-${arch}-${bootId}`);
  if (!existsSync(verdict)) {
    mkdirSync(machinesDir, { recursive: true });
    writeFileSync(verdict, (await bootsWithKvm(arch)) ? 'kvm' : 'tcg');
  }
  return readFileSync(verdict, 'utf8') as Accelerator;
}

function mayUseKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function bootsWithKvm(arch: ImageArch): Promise<boolean> {
  try {
    const machine = await bootMachine({ arch, accelerator: 'kvm', bootTimeoutMs: trialMs });
    await machine.cutPower();
    return true;
  } catch {
    return false;
  }
}
