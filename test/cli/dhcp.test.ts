// Promises of the verb dhcp, with the real plugin and a real DHCP server: one daemon, and leases that outlive it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  attach,
  type Attachment,
  createDhcpSite,
  type DhcpSite,
  installDhcp,
  keepDaemon,
  type Keeping,
  missingForDhcp,
  siteCommands,
} from '../support/dhcp-site.ts';
import { createControlGroup, missingForControlGroups } from '../bench/control-group.ts';
import { createNode, refusalOf, type Run, runInstaller } from '../support/installer.ts';
import { describeWhere, missingCommands, missingForRoot } from '../support/needs.ts';
import { judged } from '../support/promtool.ts';
import { eventually } from '../throwaway-node/eventually.ts';

const missing = missingForRoot() ?? missingCommands(siteCommands) ?? missingForDhcp();
const patienceMs = 60_000;

async function attachAll(site: DhcpSite, count: number): Promise<readonly Attachment[]> {
  const names = Array.from({ length: count }, (_, index) => `pod${index}`);
  return Promise.all(names.map((name) => attach(site, name)));
}

/** Resolves when another one has its place. */
async function killDaemon(site: DhcpSite): Promise<void> {
  const [pid] = site.daemons();
  if (pid === undefined) throw new Error('no daemon runs');
  process.kill(pid, 'SIGKILL');
  await eventually('another daemon', patienceMs, async () => {
    const [next] = site.daemons();
    return (next !== undefined && next !== pid) || undefined;
  });
}

function reaches(verb: Keeping, series: string, value: number): Promise<true> {
  return eventually(
    `${series} ${value}`,
    patienceMs,
    async () => (await verb.metric(series)) === value || undefined,
  );
}

async function stop(verb: Keeping): Promise<Run> {
  verb.process.kill('SIGTERM');
  return verb.end();
}

function acksFor(address: string, said: string): number {
  return said.split('\n').filter((line) => line.endsWith(`sending ACK to ${address}`)).length;
}

async function addressOf(site: DhcpSite, { name }: Attachment): Promise<string | undefined> {
  const shown = await site.shell(`ip -n ${name} -4 -oneline addr show dev net1`);
  return / inet (\d+\.\d+\.\d+\.\d+)\//.exec(shown)?.[1];
}

describeWhere(missing ?? missingForControlGroups(), 'leases', () => {
  it('outlive the daemon: each of twenty keeps its address, and is renewed, within 50 MiB', async () => {
    await using site = await createDhcpSite();
    const server = await site.serve(10, 99);
    using group = createControlGroup({ cpuShare: 1, memoryBytes: 50 * 2 ** 20 });
    const verb = keepDaemon(site, [], group.within);
    await verb.ready();
    const attachments = await attachAll(site, 20);
    writeFileSync(join(site.cacheDir, 'results/garbage'), '{"kind":"cniCacheV1","config":');

    await killDaemon(site);

    await reaches(verb, 'dhcp_readopted_total{result="same"}', 20);
    const before = server.said().length;
    await eventually('every lease is renewed', patienceMs, async () => {
      const said = server.said().slice(before);
      return attachments.every(({ address }) => acksFor(address, said) >= 2) || undefined;
    });
    await verb.ready();
    expect(await verb.metric('dhcp_leases')).toBe(20);
    expect(await verb.metric('dhcp_restarts_total')).toBe(1);
    expect(await verb.metric('dhcp_up')).toBe(1);
    expect(judged((await verb.ask('/metrics')).text)).toBe('');
    expect(await verb.metric('dhcp_lease_expired_total')).toBe(0);
    expect(group.oomKills()).toBe(0);
    await stop(verb);
  });

  it('that come back as others are told, and no pod is changed; one that has ended is not asked for', async () => {
    await using site = await createDhcpSite();
    const server = await site.serve(10, 99);
    const verb = keepDaemon(site);
    await verb.ready();
    const [first, second] = await attachAll(site, 2);
    if (first === undefined || second === undefined) throw new Error('two were wanted');
    await site.shell(`ip netns del ${second.name}`);
    server.process.kill('SIGKILL');
    await site.serve(100, 199);

    await killDaemon(site);

    await reaches(verb, 'dhcp_readopted_total{result="moved"}', 1);
    await verb.ready();
    expect(verb.said()).toMatch(
      new RegExp(
        `warn: the address of net1 of default/pod0 \\(network lan\\) came back different: it has ${first.address}, and the DHCP server now grants 10\\.99\\.0\\.1\\d\\d`,
      ),
    );
    expect(verb.said()).not.toContain('pod1 (network lan)');
    expect(await addressOf(site, first)).toBe(first.address);
    const record = await site.shell('cat /run/cni/cni-plugins-installer-dhcp.json');
    expect(JSON.parse(record)).toMatchObject({
      schema: 1,
      attachments: [{ container: first.container, result: 'moved', had: [first.address] }],
    });
  });

  it('stay when it is stopped, and the next start takes them up', async () => {
    await using site = await createDhcpSite();
    await site.serve(10, 99);
    const stopped = keepDaemon(site);
    await stopped.ready();
    const attachment = await attach(site, 'pod');

    const { exitStatus, stderr } = await stop(stopped);

    expect(exitStatus).toBe(0);
    expect(stderr).not.toContain('warn: ');
    expect(site.daemons()).toEqual([]);
    expect(await site.shell('ls /run/cni')).not.toContain('dhcp.sock');
    expect(await addressOf(site, attachment)).toBe(attachment.address);
    const next = keepDaemon(site);
    await next.ready();
    expect(await next.metric('dhcp_readopted_total{result="same"}')).toBe(1);
  });

  it('are left alone with --adopt=false', async () => {
    await using site = await createDhcpSite();
    await site.serve(10, 99);
    const verb = keepDaemon(site, ['--adopt=false']);
    await verb.ready();
    await attach(site, 'pod');

    await killDaemon(site);

    await verb.ready();
    expect(verb.said()).not.toContain('goes on');
    expect(await verb.metric('dhcp_leases')).toBe(0);
  });
});

describeWhere(missing, 'the socket', () => {
  const startOther = (site: DhcpSite, socket = site.socket) =>
    site.start([join(site.node.binDir, 'dhcp'), 'daemon', '-socketpath', socket]);
  const answers = async (site: DhcpSite, socket = site.socket): Promise<true | undefined> =>
    site.shell(`curl --silent --output /dev/null --unix-socket ${socket} http://daemon/`).then(
      () => true,
      () => undefined,
    );

  it('of a daemon that is gone is removed', async () => {
    await using site = await createDhcpSite();
    const other = startOther(site);
    await eventually('the other daemon', patienceMs, () => answers(site));
    other.process.kill('SIGKILL');
    await eventually('it is gone', patienceMs, async () => site.daemons().length === 0 || undefined);

    const verb = keepDaemon(site);

    await verb.ready();
    expect(verb.said()).toContain(`${site.socket} was left by a daemon that is gone`);
  });

  it('of a living daemon of others is left to it, with its name told', async () => {
    await using site = await createDhcpSite();
    const other = startOther(site);
    await eventually('the other daemon', patienceMs, () => answers(site));

    const run = await keepDaemon(site).end();

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 6,
      code: 'dhcp-two-daemons',
      message: expect.stringContaining(`process ${other.process.pid} (`),
    });
    expect(await answers(site)).toBe(true);
  });

  it('that another daemon takes away stays with that one: ours ends without removing it', async () => {
    await using site = await createDhcpSite();
    const verb = keepDaemon(site);
    await verb.ready();
    const other = startOther(site, '/run/cni/other.sock');
    await eventually('the other daemon', patienceMs, () => answers(site, '/run/cni/other.sock'));
    // At one go: in between, ours would make its own again.
    await site.shell(`mv /run/cni/other.sock ${site.socket}`);

    const run = await verb.end();

    expect(refusalOf(run)).toMatchObject({ exitStatus: 6, code: 'dhcp-two-daemons' });
    expect(site.daemons()).toEqual([other.process.pid]);
    expect(await answers(site)).toBe(true);
  });

  it('that is taken away is made again', async () => {
    await using site = await createDhcpSite();
    const verb = keepDaemon(site);
    await verb.ready();

    await site.shell(`rm ${site.socket}`);

    await reaches(verb, 'dhcp_restarts_total', 1);
    await verb.ready();
    expect(await answers(site)).toBe(true);
  });
});

describeWhere(missing, 'the plugin', () => {
  it('is waited for, in words, and never run before it is as the ledger has it', async () => {
    await using site = await createDhcpSite('none');
    const verb = keepDaemon(site);
    const words = 'no install has recorded the plugin dhcp on this node';
    await eventually('its words', patienceMs, async () => verb.said().includes(words) || undefined);
    await eventually('its port', patienceMs, () =>
      verb.ask('/healthz').then(
        () => true,
        () => undefined,
      ),
    );
    expect((await verb.ask('/readyz')).text).toContain('no install has recorded');
    expect((await verb.ask('/healthz')).status).toBe(200);

    await installDhcp(site, 'v1.9.1');

    await verb.ready();
    expect(site.daemons()).toHaveLength(1);
  });

  it('that is replaced is told, and with --restart-on-upgrade started, with the leases of the old one', async () => {
    await using site = await createDhcpSite('v1.6.2');
    await site.serve(10, 99);
    const told = keepDaemon(site);
    await told.ready();
    await attach(site, 'pod');

    await installDhcp(site, 'v1.9.1');
    await reaches(told, 'dhcp_outdated', 1);

    expect(told.said()).toContain(
      'the plugin dhcp is now that of v1.9.1, and the daemon still that of v1.6.2',
    );
    expect(await told.metric('dhcp_restarts_total')).toBe(0);
    await stop(told);
    const restarted = keepDaemon(site, ['--restart-on-upgrade']);
    await restarted.ready();
    await installDhcp(site, 'v1.6.2');
    await reaches(restarted, 'dhcp_restarts_total', 1);
    await reaches(restarted, 'dhcp_readopted_total{result="same"}', 2);
    expect(await restarted.metric('dhcp_outdated')).toBe(0);
  });
});

it.each([
  ['node-name-missing', ['--events']],
  ['not-in-a-pod', ['--events', '--node-name', 'n1']],
  ['bad-value', ['--socket', `/run/${'x'.repeat(100)}/dhcp.sock`]],
  ['bad-value', ['--listen', 'nowhere']],
])('a usage that makes no sense is refused before anything is done: %s', async (code, args) => {
  using node = createNode();

  expect(refusalOf(await runInstaller(node, ['dhcp', ...args]))).toMatchObject({ exitStatus: 2, code });
});
