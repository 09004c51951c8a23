// Promises of the model: what a fleet says of nodes, NADs, releases and other installers, from kubectl's JSON alone.

import { describe, expect, it } from 'vitest';
import type { Fleet, FleetFinding, Nad } from '../../../src/fleet/fleet.ts';
import { fleetFailsOn } from '../../../src/fleet/survey.ts';
import {
  daemonSetJson,
  defaultPlugins,
  nadJson,
  nodeJson,
  ownDaemonSet,
  podJson,
  reportJson,
  usualOthers,
} from '../../support/fleet/cluster-json.ts';
import { fleetWith } from '../../support/fleet/seen-fleet.ts';

function codes({ findings }: Fleet): string[] {
  return findings.map(({ code }) => code);
}

function finding(fleet: Fleet, code: string): FleetFinding | undefined {
  return fleet.findings.find((one) => one.code === code);
}

function nad({ attachments }: Fleet, name: string): Nad | undefined {
  return attachments.find((one) => one.name === name);
}

const macvlan = { cniVersion: '1.0.0', type: 'macvlan', master: 'eth1', ipam: { type: 'static' } };

const lacking = (...names: readonly string[]): ReturnType<typeof reportJson> =>
  reportJson({
    plugins: { intact: defaultPlugins.filter((one) => !names.includes(one)), present: usualOthers },
  });

describe('nodes', () => {
  it('that are alike fold into one class, the largest first', () => {
    const fleet = fleetWith([
      ...['n1', 'n2', 'n3'].map((name) => nodeJson({ name })),
      podJson('n1', reportJson({ version: 'v1.6.2' })),
      podJson('n2', reportJson()),
      podJson('n3', reportJson({ outcome: 'installed' })),
    ]);

    expect(fleet.classes.map(({ id, nodes, release }) => [id, nodes, release])).toEqual([
      ['A', ['n2', 'n3'], 'v1.9.1'],
      ['B', ['n1'], 'v1.6.2'],
    ]);
    expect(fleet.nodes.map((node) => node.class)).toEqual(['B', 'A', 'A']);
    expect(fleet.summary).toMatchObject({
      nodes: 3,
      ready: 3,
      byRelease: { 'v1.9.1': 2, 'v1.6.2': 1 },
      skewed: 1,
    });
  });

  it('that have no report are not told of, and never called well', () => {
    const fleet = fleetWith([nodeJson({ name: 'n1' })]);

    expect(fleet.nodes[0]).toMatchObject({ standing: 'unknown', release: null, source: null });
    expect(codes(fleet)).toEqual(['node-untold']);
  });

  it('of another system than Linux do not count', () => {
    const windows = nodeJson({ name: 'w1' });
    const status = { ...(windows['status'] as object), nodeInfo: { operatingSystem: 'windows' } };

    expect(fleetWith([{ ...windows, status }]).nodes).toEqual([]);
  });

  it('that failed are told with the error, its hint, and the log to read', () => {
    const error = { code: 'node-no-space', message: 'no space left', hint: 'free some' };
    const report = reportJson({ outcome: 'failed', version: null, plugins: { failed: ['bridge'] }, error });
    const fleet = fleetWith([nodeJson({ name: 'n1' }), podJson('n1', report)]);

    expect(fleet.nodes[0]).toMatchObject({ standing: 'failed', error: { code: 'node-no-space' } });
    expect(finding(fleet, 'node-failed')).toMatchObject({
      severity: 'error',
      hint: 'free some',
      node: ['n1'],
      command: 'kubectl -n kube-system logs kube-multus-ds-n1 --all-containers --prefix',
    });
  });

  it('have the newest report of several pods', () => {
    const fleet = fleetWith([
      nodeJson({ name: 'n1' }),
      podJson('n1', reportJson({ version: 'v1.9.1' }), { at: '2026-01-01T00:00:00Z', namespace: 'new' }),
      podJson('n1', reportJson({ version: 'v1.6.2' }), { at: '2025-01-01T00:00:00Z', namespace: 'old' }),
    ]);

    expect(fleet.nodes[0]).toMatchObject({ release: 'v1.9.1', pod: 'new/kube-multus-ds-n1', ageSeconds: 60 });
  });

  it('fail with the container that only shares mounts, and keep the plugins of the other', () => {
    const error = { code: 'mount-not-shared', message: 'no', hint: 'privilege' };
    const sharing = reportJson({ outcome: 'failed', version: null, plugins: {}, shared: false, error });
    const fleet = fleetWith([
      nodeJson({ name: 'n1' }),
      podJson('n1', reportJson({ shared: null }), { namespace: 'a' }),
      podJson('n1', sharing, { namespace: 'b', container: 'share-mounts' }),
    ]);

    expect(fleet.nodes[0]).toMatchObject({ standing: 'failed', release: 'v1.9.1', mountsAre: 'not shared' });
  });

  it('are told of by their condition where nothing else is known', () => {
    const condition = {
      type: 'cni-plugins-installer.github.io/Ready',
      status: 'False',
      reason: 'PluginMissing',
    };
    const fleet = fleetWith([nodeJson({ name: 'n1', conditions: [condition] })]);

    expect(fleet.nodes[0]).toMatchObject({ standing: 'failed', source: 'condition' });
    expect(finding(fleet, 'node-condition')?.message).toContain('PluginMissing');
  });
});

describe('a watch that was asked', () => {
  const state = {
    schema: 1,
    outcome: 'drifted',
    version: 'v1.9.1',
    generation: 3,
    plugins: [
      { name: 'bridge', state: 'intact', version: 'v1.9.1', owner: 'ours' },
      { name: 'macvlan', state: 'absent', version: null, owner: 'ours' },
    ],
    mounts: [{ path: '/', propagation: 'shared' }],
    findings: [{ code: 'plugin-absent' }],
    interfaces: ['lo', 'eth0'],
    watch: { lastAudit: '2026-01-01T00:00:30Z', contended: ['macvlan'] },
  };
  const ask = (answer: unknown): Fleet =>
    fleetWith([nodeJson({ name: 'n1' }), podJson('n1', reportJson()), nadJson('a/net', macvlan)], {
      live: new Map([['n1', { how: 'answered', state: answer, pod: 'kube-system/watch-n1' }]]),
    });

  it('knows better than the report of some days ago', () => {
    const fleet = ask(state);

    expect(fleet.nodes[0]).toMatchObject({
      standing: 'failed',
      source: 'live',
      generation: 3,
      ageSeconds: 30,
    });
    expect(codes(fleet)).toEqual(
      expect.arrayContaining(['plugin-absent', 'plugin-contended', 'nad-plugin-absent', 'nad-master-absent']),
    );
    expect(nad(fleet, 'net')?.mastersAbsent).toEqual([{ master: 'eth1', nodes: ['n1'] }]);
  });

  it('makes a node stale that does not answer, with all that was known of it before', () => {
    const live = new Map([
      ['n1', { how: 'silent', why: 'no answer in 3 s', pod: 'kube-system/watch-n1' }],
    ] as const);
    const fleet = fleetWith(
      [nodeJson({ name: 'n1' }), podJson('n1', reportJson()), nadJson('a/net', macvlan)],
      { live },
    );

    expect(fleet.nodes[0]).toMatchObject({ standing: 'stale', release: 'v1.9.1' });
    expect(nad(fleet, 'net')?.verdict).toBe('works');
    expect(finding(fleet, 'node-stale')?.message).toContain('no answer in 3 s');
  });

  it('that refuses the connection on each node is a matter of where it listens, and says so', () => {
    const nodes = ['n1', 'n2', 'n3'];
    const why = 'the answer was 503, error trying to reach service: dial tcp: connect: connection refused';
    const seen = (silent: readonly string[]): Fleet =>
      fleetWith(
        nodes.flatMap((name) => [nodeJson({ name }), podJson(name, reportJson())]),
        {
          live: new Map(
            nodes.map((name) => {
              const how = silent.includes(name) ? 'silent' : 'refused';
              return [name, { how, why, pod: `kube-system/watch-${name}` }] as const;
            }),
          ),
        },
      );
    const [each, some] = [seen([]), seen(['n2'])];

    expect(each.nodes.map(({ standing, release }) => [standing, release])).toEqual(
      nodes.map(() => ['stale', 'v1.9.1']),
    );
    expect(each.findings).toMatchObject([
      {
        code: 'node-stale',
        message: expect.stringMatching(/^3 nodes refused .* no watch answered, .*127\.0\.0\.1 alone/),
        hint: expect.stringContaining('watch.bindAddress=""'),
        command: 'kubectl -n kube-system describe pod watch-n1',
        node: nodes,
      },
    ]);
    expect(some.findings.map(({ node }) => node)).toEqual([['n1', 'n3'], ['n2']]);
    expect(some.findings[0]?.message).not.toContain('no watch answered');
  });

  it.each([null, 'garbage', {}, { schema: 2, plugins: [] }, { schema: 1, plugins: 'none' }])(
    'and answers %j has not answered',
    (answer) => expect(ask(answer).nodes[0]?.standing).toBe('stale'),
  );
});

describe('a NAD', () => {
  const on = (
    report: ReturnType<typeof reportJson>,
    config: Parameters<typeof nadJson>[1],
  ): Nad | undefined =>
    nad(
      fleetWith([
        nodeJson({ name: 'n1' }),
        nodeJson({ name: 'n2' }),
        podJson('n1', reportJson()),
        podJson('n2', report),
        ownDaemonSet,
        nadJson('a/net', config),
      ]),
      'net',
    );

  it('can work where each of its plugins is', () => {
    expect(on(reportJson(), macvlan)).toMatchObject({ verdict: 'works', missing: [], untold: 0 });
  });

  it('fails on just the nodes that lack a plugin of it, with the words of the runtime', () => {
    expect(on(lacking('macvlan'), macvlan)).toMatchObject({
      verdict: 'fails',
      missing: [
        {
          plugin: 'macvlan',
          nodes: ['n2'],
          foretold: 'failed to find plugin "macvlan" in path [/opt/cni/bin]',
          shippedBy: null,
        },
      ],
    });
  });

  it('fails for want of its address manager too', () => {
    expect(on(lacking('static'), macvlan)?.missing).toMatchObject([{ plugin: 'static', nodes: ['n2'] }]);
  });

  it('says of a plugin that is not of upstream who ships it', () => {
    const missing = on(reportJson(), { ...macvlan, ipam: { type: 'whereabouts' } })?.missing;

    expect(missing).toMatchObject([{ plugin: 'whereabouts', nodes: ['n1', 'n2'] }]);
    expect(missing?.[0]?.shippedBy).toContain('whereabouts');
  });

  it('uses what others have placed', () => {
    expect(on(reportJson(), { cniVersion: '1.0.0', type: 'cilium-cni' })?.verdict).toBe('works');
  });

  it('is not said to fail where not all programs of the bin dir are known', () => {
    const cut = reportJson({ plugins: { intact: defaultPlugins, present: ['a', '… and 60 more'] } });

    expect(on(cut, { ...macvlan, type: 'strange' })).toMatchObject({
      verdict: 'fails',
      missing: [{ plugin: 'strange', nodes: ['n1'] }],
      untold: 1,
    });
  });

  it('is not known where no node has told', () => {
    expect(nad(fleetWith([nodeJson({ name: 'n1' }), nadJson('a/net', macvlan)]), 'net')).toMatchObject({
      verdict: 'unknown',
      untold: 1,
    });
  });

  it('with a resource is judged on the nodes that have it alone', () => {
    const fleet = fleetWith([
      nodeJson({ name: 'n1', resources: { 'intel.com/vf': '4' } }),
      nodeJson({ name: 'n2', resources: { 'intel.com/vf': '0' } }),
      podJson('n1', reportJson()),
      podJson('n2', lacking('macvlan')),
      nadJson('a/net', macvlan, { 'k8s.v1.cni.cncf.io/resourceName': 'intel.com/vf' }),
    ]);

    expect(nad(fleet, 'net')).toMatchObject({ verdict: 'works', missing: [], candidates: 1 });
  });

  it.each<[what: string, config: Parameters<typeof nadJson>[1], code: string]>([
    ['YAML', 'cniVersion: 1.0.0\ntype: macvlan\n', 'nad-invalid-json'],
    ['half a JSON', '{"type":"mac', 'nad-invalid-json'],
    ['no type', { cniVersion: '1.0.0' }, 'nad-without-type'],
    ['a type that is a path', { type: '../../bin/sh' }, 'nad-without-type'],
    ['an empty list of plugins', { plugins: [] }, 'nad-without-type'],
  ])('with %s is a finding of its own', (_, config, code) => {
    const judged = on(reportJson(), config);

    expect(judged).toMatchObject({ verdict: 'fails', problems: [{ code, nad: ['a/net'] }] });
  });

  it('without a configuration leaves it to the nodes, of which it is not known', () => {
    expect(on(reportJson(), undefined)).toMatchObject({
      verdict: 'unknown',
      leftToNodes: true,
      problems: [],
    });
  });

  it('with a type and plugins has the type, as Multus does', () => {
    expect(on(reportJson(), { type: 'bridge', plugins: [{ type: 'strange' }] })?.plugins).toEqual(['bridge']);
  });

  it('asks for a spec that the release of some nodes does not speak', () => {
    const old = reportJson({ version: 'v0.8.7' });
    const judged = on(old, { ...macvlan, cniVersion: '1.0.0' });

    expect(judged).toMatchObject({ verdict: 'fails', cniVersion: '1.0.0' });
    expect(judged?.specUnsupported).toMatchObject([
      { plugin: 'macvlan', nodes: ['n2'] },
      { plugin: 'static' },
    ]);
  });

  it('with no version asks for none', () => {
    expect(on(reportJson(), { type: 'macvlan' })).toMatchObject({ cniVersion: null, specUnsupported: [] });
  });

  it('is counted with its pods where pods that ask for networks were given', () => {
    const pod = podJson('n1', reportJson());
    const metadata = {
      name: 'app',
      namespace: 'a',
      annotations: { 'k8s.v1.cni.cncf.io/networks': 'net, net@eth9' },
    };
    const fleet = fleetWith([{ ...pod, metadata }, nadJson('a/net', macvlan), nadJson('a/other', macvlan)]);

    expect([nad(fleet, 'net')?.usedByPods, nad(fleet, 'other')?.usedByPods]).toEqual([2, 0]);
  });
});

describe('findings', () => {
  it('about one plugin that many NADs want are one, with all of them', () => {
    const fleet = fleetWith([
      nodeJson({ name: 'n1' }),
      podJson('n1', lacking('macvlan')),
      nadJson('a/one', macvlan),
      nadJson('b/two', macvlan),
    ]);

    expect(fleet.findings.filter(({ code }) => code === 'nad-plugin-absent')).toMatchObject([
      { node: ['n1'], nad: ['a/one', 'b/two'], severity: 'error' },
    ]);
    expect(fleet.summary.nadsBroken).toBe(2);
  });

  it('are worst first', () => {
    const fleet = fleetWith([
      nodeJson({ name: 'n0' }),
      nodeJson({ name: 'n1' }),
      podJson('n1', lacking('macvlan')),
      nadJson('a/one', macvlan),
    ]);

    expect(fleet.findings.map(({ severity }) => severity)).toEqual(['error', 'warning']);
  });

  it('have commands with names alone, whatever the cluster calls things', () => {
    const name = 'a; rm -rf /$(x)`y`"\'';
    const fleet = fleetWith([nodeJson({ name: 'n1' }), nadJson(`${name}/${name}`, 'no JSON')]);
    const commands = fleet.findings.flatMap(({ command }) => command ?? []);

    expect(commands.some((command) => command.includes('edit'))).toBe(true);
    for (const command of commands) expect(command).toMatch(/^kubectl [\w .?/=!-]+$/);
  });

  it('name the minority of a skew, among nodes that take pods', () => {
    const fleet = fleetWith([
      nodeJson({ name: 'n1' }),
      nodeJson({ name: 'n2' }),
      nodeJson({ name: 'n3' }),
      nodeJson({ name: 'leaving', unschedulable: true }),
      ...['n1', 'n2'].map((name) => podJson(name, reportJson())),
      ...['n3', 'leaving'].map((name) => podJson(name, reportJson({ version: 'v1.6.2' }))),
    ]);

    expect(finding(fleet, 'skew')).toMatchObject({ severity: 'warning', node: ['n3'] });
  });

  it('do not call two architectures a skew', () => {
    const fleet = fleetWith([
      nodeJson({ name: 'n1' }),
      nodeJson({ name: 'n2', arch: 'arm64' }),
      podJson('n1', reportJson()),
      podJson('n2', reportJson({ version: 'v1.6.2' })),
    ]);

    expect(codes(fleet)).not.toContain('skew');
  });

  it('mixed on one interface: macvlan and ipvlan', () => {
    const fleet = fleetWith([nadJson('a/one', macvlan), nadJson('a/two', { ...macvlan, type: 'ipvlan' })]);

    expect(finding(fleet, 'nad-master-both-macvlan-ipvlan')?.nad).toEqual(['a/one', 'a/two']);
  });
});

describe('another installer', () => {
  const mount = (
    hostPath: string,
    readOnly = false,
  ): { hostPath: string; mountPath: string; readOnly: boolean } => ({
    hostPath,
    mountPath: '/x',
    readOnly,
  });
  const rivals = (image: string, path: string, readOnly?: boolean): Fleet['rivals'] =>
    fleetWith([
      nodeJson({ name: 'n1' }),
      podJson('n1', reportJson()),
      ownDaemonSet,
      daemonSetJson('kube-system/other', image, [mount(path, readOnly)]),
    ]).rivals;

  it('that mounts the same directory is named, with its setting and the names that it is known to place', () => {
    expect(rivals('docker.io/calico/cni:v3.30.0', '/opt/cni/bin/')).toMatchObject([
      {
        namespace: 'kube-system',
        name: 'other',
        suspected: true,
        suspectedNames: ['host-local', 'loopback', 'portmap'],
        setting: expect.stringContaining('SKIP_CNI_BINARIES'),
      },
    ]);
  });

  it('that mounts its parent has it too', () => {
    expect(rivals('registry.example/x:1', '/opt/cni')).toMatchObject([{ suspected: true, setting: null }]);
  });

  it('that only reads, or places only its own, is not suspected', () => {
    expect(rivals('registry.example/x:1', '/opt/cni/bin', true)).toMatchObject([
      { writable: false, suspected: false },
    ]);
    expect(rivals('ghcr.io/k8snetworkplumbingwg/sriov-cni:v2', '/opt/cni/bin')).toMatchObject([
      { writable: true, suspected: false },
    ]);
  });

  it('is none that mounts elsewhere, nor Multus, nor ours', () => {
    expect(rivals('registry.example/x:1', '/var/lib')).toEqual([]);
    expect(rivals('ghcr.io/k8snetworkplumbingwg/multus-cni:v4.3.0', '/opt/cni/bin')).toEqual([]);
  });

  it('is looked for where our own DaemonSet has the bin dir', () => {
    const fleet = fleetWith([
      daemonSetJson('kube-system/ours', 'registry.example/cni-plugins-installer:1', [
        { hostPath: '/var/lib/rancher/bin', mountPath: '/host/opt/cni/bin' },
      ]),
      daemonSetJson('a/x', 'registry.example/x:1', [mount('/var/lib/rancher/bin')]),
      daemonSetJson('a/y', 'registry.example/y:1', [mount('/opt/cni/bin')]),
    ]);

    expect(fleet.rivals.map(({ name }) => name)).toEqual(['x']);
  });
});

describe('advice', () => {
  it('is given once, with all the nodes that it is about', () => {
    const fleet = fleetWith([
      nodeJson({ name: 'n1' }),
      nodeJson({ name: 'n2', kubelet: 'v1.33.1' }),
      ...['n1', 'n2'].map((name) => podJson(name, reportJson({ version: 'v1.6.2' }))),
    ]);

    expect(fleet.advice.filter(({ code }) => code === 'release-advisory')).toMatchObject([
      { nodes: ['n1', 'n2'], severity: 'warning', take: 'v1.9.1' },
    ]);
  });

  it('counts for the exit status as findings do, notes do not', () => {
    const advised = fleetWith([nodeJson({ name: 'n1' }), podJson('n1', reportJson({ version: 'v1.6.2' }))]);
    const noted = fleetWith([nodeJson({ name: 'n1' }), podJson('n1', reportJson())]);

    expect(['error', 'warning', 'never'].map((on) => fleetFailsOn(advised, on as 'error'))).toEqual([
      false,
      true,
      false,
    ]);
    expect(noted.advice.length).toBeGreaterThan(0);
    expect(fleetFailsOn(noted, 'warning')).toBe(false);
  });
});

describe('reports', () => {
  it.each([
    '',
    'garbage',
    '{',
    '{"schema":1}',
    '{"schema":2,"outcome":"installed"}',
    '[]',
    '{"schema":1,"outcome":7}',
  ])('that are none (%j) are left alone', (text) =>
    expect(fleetWith([nodeJson({ name: 'n1' }), podJson('n1', text)]).nodes[0]?.standing).toBe('unknown'),
  );

  it.each([{ plugins: 7 }, { plugins: { intact: 'bridge', failed: [7] } }, { mounts: [] }, { error: 'x' }])(
    'with parts that are not what they should be (%j) are read as far as they go',
    (parts) => {
      const report = JSON.stringify({ schema: 1, outcome: 'installed', version: 'v1.9.1', ...parts });

      expect(fleetWith([nodeJson({ name: 'n1' }), podJson('n1', report)]).nodes[0]?.release).toBe('v1.9.1');
    },
  );
});
