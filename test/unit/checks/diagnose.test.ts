// Promises of a diagnosis: causes before what follows, the weight of a cause, and nothing told that must not be.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Diagnosis, failsOn } from '../../../src/checks/diagnose.ts';
import { doctorAnswer } from '../../../src/report/doctor/answer.ts';
import {
  canary,
  FakeNode,
  findingsOf,
  hostMounts,
  kubeconfig,
  nad,
  now,
  pids,
  resultOf,
  rootIds,
} from './fake-node.ts';
import { faults } from './faults.ts';

const terms = { failOn: 'error', output: 'text' } as const;

function answerTo(diagnosis: Diagnosis): {
  text: string;
  json: string;
  junit: string;
} {
  const { text, json } = doctorAnswer({ diagnosis, explanation: undefined }, terms);
  return {
    text,
    json: JSON.stringify(json),
    junit: doctorAnswer({ diagnosis, explanation: undefined }, { ...terms, output: 'junit' }).text,
  };
}

describe('SELinux', () => {
  it('is the cause too where the runtime hides from its containers whether it enforces', async () => {
    using node = new FakeNode();
    faults['selinux-denies']?.(node);
    rmSync(join(node.sysPath, 'fs/selinux'), { recursive: true });

    const diagnosis = await node.diagnosis();

    expect(rootIds(diagnosis)).toEqual(['selinux-denies']);
    expect(resultOf(diagnosis, 'selinux-denies').message).toMatch(
      /^unless SELinux is permissive.* container_t/,
    );
  });

  it('is no cause where it is permissive', async () => {
    using node = new FakeNode();
    faults['selinux-denies']?.(node);
    node.write(join(node.sysPath, 'fs/selinux/enforce'), '0');

    expect(findingsOf(await node.diagnosis())).toEqual(['mount-not-shared']);
  });
});

describe('a cause', () => {
  it('stands for what follows from it, which is told with it and not counted', async () => {
    using node = new FakeNode();
    const around = faults['runtime-in-own-mount-namespace']?.(node) ?? {};
    const diagnosis = await node.diagnosis(around);

    expect(findingsOf(diagnosis)).toEqual(['mount-not-shared', 'runtime-in-own-mount-namespace']);
    expect(rootIds(diagnosis)).toEqual(['runtime-in-own-mount-namespace']);
    expect(resultOf(diagnosis, 'mount-not-shared').because).toBe('runtime-in-own-mount-namespace');
  });

  it('weighs as much as the worst that follows from it', async () => {
    using node = new FakeNode();
    const around = faults['runtime-in-own-mount-namespace']?.(node) ?? {};
    const diagnosis = await node.diagnosis(around);

    expect(resultOf(diagnosis, 'runtime-in-own-mount-namespace').severity).toBe('error');
    expect(failsOn(diagnosis, 'error')).toBe(true);
  });

  it.each([
    ['plugin-absent', { error: true, warning: true, never: false }],
    ['plugin-setuid', { error: false, warning: true, never: false }],
    ['talos', { error: false, warning: false, never: false }],
  ] as const)('%s ends a run with 9 as --fail-on says', async (id, expected) => {
    using node = new FakeNode();
    const diagnosis = await node.diagnosis(faults[id]?.(node) ?? {});
    const levels = ['error', 'warning', 'never'] as const;

    expect(Object.fromEntries(levels.map((level) => [level, failsOn(diagnosis, level)]))).toEqual(expected);
  });
});

describe('an answer', () => {
  it('never has the token of the kubeconfig in it', async () => {
    using node = new FakeNode();
    node.conf('multus.d/multus.kubeconfig', kubeconfig('https://[10.96.0.1]:443', now - 1));
    const { text, json, junit } = answerTo(await node.diagnosis({ apiServer: 'https://10.99.0.1' }));

    expect(text).toContain('multus-token-expired');
    expect(`${text}${json}${junit}`).not.toContain(canary);
    expect(`${text}${json}${junit}`).not.toContain(Buffer.from(canary).toString('base64url').slice(0, 12));
  });

  it("moves no terminal's cursor, whatever a NAD is called", async () => {
    using node = new FakeNode();
    const hostile = 'a\u001b[2J\u009b31m\u202e\u0007</failure>&"';
    const cluster = JSON.stringify(
      nad(hostile, { type: `sriov${hostile}`, master: hostile, cniVersion: hostile }),
    );
    const { text, json, junit } = answerTo(await node.diagnosis({ cluster }));

    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;
    expect(text).toContain('\\u001b');
    for (const said of [text, json, junit]) expect(said).not.toMatch(control);
    expect(junit).not.toContain('</failure>&');
  });

  it('fits a terminal of a hundred columns, but for words that can not be broken', async () => {
    using node = new FakeNode();
    for (const pid of [pids.init, pids.runtime, pids.shim])
      node.proc(`${pid}/mountinfo`, hostMounts('ro,noexec', ''));
    faults['plugin-absent']?.(node);
    const { text } = answerTo(await node.diagnosis());

    const long = text.split('\n').filter((line) => line.length > 100);
    expect(long).toEqual([]);
  });

  it('says of each check how it ended, once, as one document', async () => {
    using node = new FakeNode();
    faults['plugin-absent']?.(node);
    const document = JSON.parse(answerTo(await node.diagnosis({ node: 'n1' })).json) as {
      schema: number;
      node: string;
      checks: { id: string; result: string; remedy: string | null }[];
    };

    expect(document).toMatchObject({ schema: 1, node: 'n1' });
    expect(new Set(document.checks.map(({ id }) => id)).size).toBe(document.checks.length);
    expect(document.checks.find(({ id }) => id === 'plugin-absent')).toMatchObject({
      result: 'finding',
      severity: 'error',
      because: null,
    });
  });

  it('as JUnit has a test case for each check, and what was not looked at as skipped', async () => {
    using node = new FakeNode();
    faults['plugin-absent']?.(node);
    const { junit } = answerTo(await node.diagnosis());

    const count = (pattern: RegExp): number => junit.match(pattern)?.length ?? 0;
    expect(count(/<testcase /g)).toBe(Number(/tests="(\d+)"/.exec(junit)?.[1]));
    expect(count(/<failure /g)).toBe(1);
    expect(count(/<skipped /g)).toBe(Number(/skipped="(\d+)"/.exec(junit)?.[1]));
    expect(junit).toMatch(
      /<testcase classname="error" name="plugin-absent"><failure type="error" message="portmap /,
    );
  });
});
