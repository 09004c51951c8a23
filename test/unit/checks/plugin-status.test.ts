// Promises of doctor --active: who is asked for a STATUS, with what, and what an answer comes to.

import { describe, expect, it } from 'vitest';
import { readConf } from '../../../src/facts/cni-conf.ts';
import { hasStatus, statusRequests } from '../../../src/facts/status-requests.ts';
import type { RunOnHost } from '../../../src/node/plugins/proof.ts';
import { plugin } from '../../support/plugins.ts';
import { FakeNode, findingsOf, multusConf, nad, resultOf, rootIds, runHere } from './fake-node.ts';
import { speaksStatus } from './faults.ts';

function conf(file: string, content: object): ReturnType<typeof readConf> {
  return readConf(file, JSON.stringify(content));
}

/** A node of which a configuration calls for a plugin that answers so. */
function nodeWith(answer: 'works' | 'not-ready', cniVersion = '1.1.0'): FakeNode {
  const node = new FakeNode();
  node.place('portmap', plugin('portmap', { ...speaksStatus, behaviour: answer }));
  node.conf('20-more.conflist', { cniVersion, name: 'more', plugins: [{ type: 'portmap' }] });
  return node;
}

describe('what plugins are asked with', () => {
  it('is their part of a list, with the name and the version of the whole', () => {
    const list = {
      cniVersion: '1.1.0',
      name: 'pods',
      plugins: [{ type: 'bridge', mtu: 9 }, { type: 'portmap' }],
    };

    expect(
      statusRequests([conf('10-pods.conflist', list)], undefined).map(({ plugin: name, by, config }) => ({
        name,
        by,
        config: JSON.parse(config) as unknown,
      })),
    ).toEqual([
      {
        name: 'bridge',
        by: '10-pods.conflist',
        config: { type: 'bridge', mtu: 9, cniVersion: '1.1.0', name: 'pods' },
      },
      {
        name: 'portmap',
        by: '10-pods.conflist',
        config: { type: 'portmap', cniVersion: '1.1.0', name: 'pods' },
      },
    ]);
  });

  it('goes to the delegates of Multus, whose own version is another', () => {
    const delegates = [{ cniVersion: '1.1.0', name: 'pods', plugins: [{ type: 'bridge' }] }];
    const requests = statusRequests([conf('00-multus.conf', { ...multusConf, delegates })], undefined);

    expect(requests.map((one) => one.plugin)).toEqual(['bridge']);
  });

  it.each([
    [undefined, false],
    ['', false],
    ['0.4.0', false],
    ['1.0.0', false],
    ['1.1.0', true],
    ['1.2.0', true],
    ['2.0.0', true],
    ['newest', false],
  ])('at version %s: %s', (version, expected) => {
    expect(hasStatus(version)).toBe(expected);
  });

  it.each([
    ['the type', { type: '../../bin/sh' }],
    ['the address manager', { type: 'bridge', ipam: { type: '../../bin/sh' } }],
  ])('is nothing where %s could be no name', (_, more) => {
    expect(statusRequests([conf('a.conf', { cniVersion: '1.1.0', name: 'a', ...more })], undefined)).toEqual(
      [],
    );
  });
});

describe('plugin-status', () => {
  it('is not asked for unless somebody wants it', async () => {
    using node = nodeWith('not-ready');
    expect(resultOf(await node.diagnosis(), 'plugin-status')).toMatchObject({
      result: 'skipped',
      moot: true,
    });
  });

  it('is ok where each plugin is ready', async () => {
    using node = nodeWith('works');
    expect(resultOf(await node.diagnosis({ runOnHost: runHere }), 'plugin-status')).toMatchObject({
      result: 'ok',
    });
  });

  it('is not ok where nobody was asked, by a configuration that is too old for it', async () => {
    using node = nodeWith('not-ready', '1.0.0');
    expect(resultOf(await node.diagnosis({ runOnHost: runHere }), 'plugin-status')).toMatchObject({
      result: 'skipped',
      moot: true,
    });
  });

  it('tells the words of a plugin that can not serve, with code and configuration', async () => {
    using node = nodeWith('not-ready');
    const diagnosis = await node.diagnosis({ runOnHost: runHere, node: 'n1' });

    expect(rootIds(diagnosis)).toEqual(['plugin-status']);
    expect(resultOf(diagnosis, 'plugin-status')).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('portmap says: its daemon is down: no answer'),
      remedy: expect.stringContaining('spec.nodeName=n1'),
      evidence: ['portmap, for 20-more.conflist: its daemon is down: no answer (code 50)'],
    });
  });

  it('follows from a plugin that is absent, where that is what is said', async () => {
    using node = nodeWith('works');
    node.conf('20-more.conflist', {
      cniVersion: '1.1.0',
      name: 'more',
      plugins: [{ type: 'portmap', ipam: { type: 'gone' } }],
    });
    const says: RunOnHost = async () => ({
      where: 'host',
      end: {
        how: 'exited',
        exitCode: 1,
        stdout: '{"code":999,"msg":"failed to find plugin \\"gone\\""}',
        stderr: '',
      },
    });
    const diagnosis = await node.diagnosis({ runOnHost: says });

    expect(rootIds(diagnosis)).toEqual(['plugin-absent']);
    expect(findingsOf(diagnosis)).toContain('plugin-status');
  });

  it('weighs less for a NAD whose plugin gives another error than that it can not serve', async () => {
    using node = nodeWith('works');
    const says: RunOnHost = async ({ input = '' }) => ({
      where: 'host',
      end: {
        how: 'exited',
        exitCode: input.includes('"tagged"') ? 1 : 0,
        stdout: '{"code":999,"msg":"odd"}',
        stderr: '',
      },
    });
    const cluster = JSON.stringify(nad('tagged', { cniVersion: '1.1.0', type: 'portmap' }));

    expect(resultOf(await node.diagnosis({ runOnHost: says, cluster }), 'plugin-status')).toMatchObject({
      severity: 'warning',
      remedy: expect.stringContaining('"cniVersion": "1.0.0"'),
    });
  });

  it('is skipped, with what would let us, where the host can not be entered', async () => {
    using node = nodeWith('not-ready');
    const diagnosis = await node.diagnosis({
      runOnHost: async () => ({ where: 'elsewhere', because: 'there is no static busybox' }),
    });

    expect(findingsOf(diagnosis)).toEqual([]);
    expect(resultOf(diagnosis, 'plugin-status')).toMatchObject({
      result: 'skipped',
      moot: false,
      message: expect.stringContaining('there is no static busybox'),
      remedy: expect.stringContaining('sysadmin'),
    });
  });

  it('is not asked of a plugin that does not work: that is another finding', async () => {
    using node = nodeWith('works');
    node.place('portmap', plugin('portmap', { behaviour: 'crashes' }));
    const asked: string[] = [];
    const diagnosis = await node.diagnosis({
      runOnHost: async (program) => {
        asked.push(program.path);
        return runHere(program);
      },
    });

    expect(asked).toEqual([]);
    expect(rootIds(diagnosis)).toEqual(['plugin-broken']);
  });
});
