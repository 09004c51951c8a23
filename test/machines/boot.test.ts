// Promise: a machine boots with Debian's kernel, runs what it is told, and is off when its power is cut.

import { expect, it } from 'vitest';
import { acceleratorFor } from './accelerator.ts';
import { describeOnMachine } from './describe-on-machine.ts';
import { bootMachine } from './machine.ts';

describeOnMachine('amd64', 'a virtual machine', () => {
  it('says what an order came to, and nothing any more when its power is cut', async () => {
    const accelerator = await acceleratorFor('amd64');
    const started = performance.now();
    await using machine = await bootMachine({ arch: 'amd64', accelerator });
    console.log(`booted in ${Math.round(performance.now() - started)} ms by ${accelerator}`);

    expect(await machine.run('uname -m')).toBe('x86_64\n');
    expect(await machine.attempt('echo said; echo complained >&2; exit 7')).toEqual({
      exitStatus: 7,
      stdout: 'said\n',
      stderr: 'complained\n',
    });
    await expect(machine.run('echo why >&2; false')).rejects.toThrow('exit status 1 on the machine: why');

    const unanswered = machine.run('sleep 600');
    const [told] = await Promise.allSettled([unanswered, machine.cutPower()]);
    expect(String(told.status === 'rejected' && told.reason)).toContain('the machine is off');
  });
});
