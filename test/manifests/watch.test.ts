// Proves on real renders what the chart promises of `watch`, its metrics, alerts and dashboard.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DaemonRecord } from '../../src/dhcp/daemon-record.ts';
import { DhcpMetrics } from '../../src/report/dhcp-metrics.ts';
import { NodeMetrics } from '../../src/report/metrics.ts';
import { describeWith, failureOf } from '../support/built-tools.ts';
import { describeWhere, missingCommands } from '../support/needs.ts';
import { project } from '../support/project.ts';
import {
  type Container,
  daemonSetIn,
  environmentOf,
  type Objects,
  podOf,
  type PodSpec,
  qosClassOf,
} from './objects.ts';
import { inScratch, template, type Values } from './render.ts';

const on: Values = { watch: { enabled: true } };

function watchPodOf(values: Values): PodSpec {
  return daemonSetIn(template(values), ({ metadata }) => metadata.name.endsWith('-watch')).spec.template.spec;
}

function watchOf(pod: PodSpec): Container & Record<string, unknown> {
  const all = [...(pod.initContainers ?? []), ...pod.containers];
  const container = all.find(({ name }) => name === 'watch');
  if (container === undefined) throw new Error('there is no container watch');
  return container as Container & Record<string, unknown>;
}

describeWith(['helm'], 'the chart', () => {
  it('as it ships has no watch', () => {
    expect(JSON.stringify(template())).not.toContain('cni-plugins-watch');
    expect(JSON.stringify(template())).not.toContain('watch-notes');
  });

  it.each([true, false])('with watch has a pod of its own for it, with Multus %s', (enabled) => {
    const pod = watchPodOf({ ...on, multus: { enabled } });
    expect(pod).toMatchObject({
      hostNetwork: true,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      priorityClassName: 'system-node-critical',
    });
    expect(pod.serviceAccountName).toBeUndefined();
    expect(qosClassOf(pod)).toBe('Guaranteed');
    expect(watchOf(pod)).toMatchObject({
      args: ['watch'],
      securityContext: { capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
      resources: { requests: { cpu: '50m', memory: '50Mi' }, limits: { cpu: '50m', memory: '50Mi' } },
      livenessProbe: { httpGet: { path: '/healthz', host: '127.0.0.1' } },
      readinessProbe: { httpGet: { path: '/readyz', host: '127.0.0.1' } },
    });
    expect(watchOf(pod).securityContext?.capabilities?.add).toBeUndefined();
  });

  it('mounts what watch needs, and not more', () => {
    const pod = watchPodOf(on);
    expect(pod.volumes?.map(({ name }) => name)).toEqual(['cnibin', 'spare-store', 'watch-notes', 'host-proc']);
    expect(watchOf(pod).volumeMounts).toContainEqual({
      name: 'host-proc',
      mountPath: '/host/proc',
      readOnly: true,
    });
  });

  it("looks at no mounts where none are asked to be shared, and has no host's /proc then", () => {
    const pod = watchPodOf({ ...on, mountPropagation: { mode: 'off' } });
    expect(pod.volumes?.map(({ name }) => name)).toEqual(['cnibin', 'spare-store', 'watch-notes']);
    expect(environmentOf(watchOf(pod))).toMatchObject({ CNI_PLUGINS_SHARE_MOUNTS: 'off' });
  });

  it('shares mounts again by a container that has no port, when it is told to', () => {
    const pod = watchPodOf({ watch: { enabled: true, reshare: true } });
    const sharer = pod.containers.find(({ name }) => name === 'share-mounts');
    expect(sharer).toMatchObject({
      args: ['share-mounts'],
      securityContext: { capabilities: { drop: ['ALL'], add: ['SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'] } },
    });
    expect(sharer).not.toHaveProperty('ports');
    expect(qosClassOf(pod)).toBe('Guaranteed');
  });

  it('puts a sidecar into the pod of Multus, behind what installs and without a readiness that Multus would wait for', () => {
    const pod = podOf(template({ watch: { enabled: true, placement: 'sidecar' } }, ['--no-hooks']));
    const names = pod.initContainers?.map(({ name }) => name) ?? [];
    expect(names.indexOf('watch')).toBeGreaterThan(names.indexOf('install-cni-plugins'));
    expect(watchOf(pod)).toMatchObject({ restartPolicy: 'Always', livenessProbe: { httpGet: {} } });
    expect(watchOf(pod)).not.toHaveProperty('readinessProbe');
    expect(pod.volumes?.map(({ name }) => name)).toContain('watch-notes');
  });

  it.each<[Values, RegExp, string?]>([
    [{ watch: { enabled: true }, cniPlugins: { enabled: false } }, /nothing of ours on the nodes to watch/],
    [{ metrics: { podMonitor: { enabled: true } } }, /nothing to scrape/],
    [{ ...on, metrics: { podMonitor: { enabled: true } } }, /bindAddress/],
    [{ watch: { enabled: true, placement: 'sidecar' } }, /1\.29/, '1.28.0'],
    [{ watch: { enabled: true, placement: 'pod' } }, /placement/],
    [{ watch: { enabled: true, period: '5' } }, /period/],
  ])('refuses %j with a sentence', (values, sentence, kubernetes = '1.34.0') => {
    expect(failureOf(() => template(values, [`--kube-version=${kubernetes}`]))).toMatch(sentence);
  });
});

const scraped: Values = {
  watch: { enabled: true, bindAddress: '' },
  metrics: {
    podMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
};

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

function rulesIn(objects: Objects): { groups: { name: string; rules: Rule[] }[] } {
  const rule = objects.find(({ kind }) => kind === 'PrometheusRule');
  return (rule as unknown as { spec: { groups: { name: string; rules: Rule[] }[] } }).spec;
}

function alerts(values: Values = scraped): readonly Rule[] {
  return rulesIn(template(values)).groups.flatMap(({ rules }) => rules);
}

describeWith(['helm'], 'what is scraped', () => {
  it('is each pod of watch, at a port that is open at the address of the node', () => {
    const monitor = template(scraped).find(({ kind }) => kind === 'PodMonitor');
    expect(monitor).toMatchObject({
      metadata: { labels: { release: 'prometheus' } },
      spec: { selector: { matchLabels: { name: 'cni-plugins-watch' } }, podMetricsEndpoints: [{ port: 'watch' }] },
    });
    const pod = watchPodOf(scraped);
    expect(environmentOf(watchOf(pod))).toMatchObject({ CNI_PLUGINS_LISTEN: ':19917' });
    expect(watchOf(pod)).not.toMatchObject({ livenessProbe: { httpGet: { host: '127.0.0.1' } } });
  });

  it('leaves the skew of releases out where it is not wanted', () => {
    const without = { ...scraped, metrics: { prometheusRule: { enabled: true, skew: false } } };
    expect(alerts(without).map(({ alert }) => alert)).not.toContain('CNIPluginsVersionSkew');
    expect(alerts().map(({ alert }) => alert)).toContain('CNIPluginsVersionSkew');
  });

  it('has a section in the docs for each alert, at the anchor that the alert names', () => {
    const headings = readFileSync(join(project, 'docs/watch.md'), 'utf8').match(/^### .+$/gm) ?? [];
    const anchors = headings.map((heading) => `docs/watch.md#${heading.slice(4).toLowerCase()}`);
    for (const { annotations } of alerts()) {
      expect(anchors.some((anchor) => annotations['runbook_url']?.endsWith(anchor))).toBe(true);
    }
    expect(headings.map((heading) => heading.slice(4)).toSorted()).toEqual(
      alerts().map(({ alert }) => alert).toSorted(),
    );
  });
});

/** Every metric that is ever told, by name; histograms with the names of their series. */
async function toldMetrics(): Promise<ReadonlySet<string>> {
  const metrics = new NodeMetrics({ nodeVersion: 'v24.0.0' });
  const ownProcess = { nodeVersion: 'v24.0.0', residentBytes: () => 1, cpuSeconds: () => 1, startedAtMs: 0 };
  metrics.watchProcess(ownProcess);
  metrics.showMode('inotify');
  metrics.show(
    {
      version: 'v1.9.1',
      platform: 'linux/amd64',
      generation: 1,
      plugins: [
        { name: 'macvlan', state: 'intact', sha256: '', version: 'v1.9.1', owner: 'ours', specVersions: [] },
      ],
      mounts: [{ path: '/', mountPoint: '/', propagation: 'shared' }],
      advisories: [{ id: 'CVE-1', summary: '', fixedIn: 'v2' } as never],
      notes: [],
      findings: [],
    },
    { contended: [], auditedAtMs: 0 },
  );
  const { body } = await new DhcpMetrics(ownProcess, () => new DaemonRecord(() => 0).view()).page();
  const names = `${await metrics.text()}\n${body}`.match(/^# TYPE (\S+)/gm) ?? [];
  return new Set(
    names
      .map((line) => line.slice('# TYPE '.length))
      .flatMap((name) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]),
  );
}

function metricsIn(expression: string): string[] {
  return expression.match(/\b(?:cni_plugins_installer|process)_\w+/g) ?? [];
}

describeWith(['helm'], 'every query', () => {
  it('of an alert names a metric that there is', async () => {
    const told = await toldMetrics();
    const asked = alerts().flatMap(({ expr }) => metricsIn(expr));
    expect(asked.filter((name) => !told.has(name))).toEqual([]);
    expect(asked.length).toBeGreaterThanOrEqual(alerts().length);
  });

  it('of the dashboard names a metric that there is', async () => {
    const told = await toldMetrics();
    const config = template(scraped).find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.endsWith('dashboard'));
    const { data } = config as unknown as { data: Record<string, string> };
    const dashboard = JSON.parse(data['cni-plugins.json'] ?? '') as {
      panels: { targets: { expr: string }[] }[];
    };
    const asked = dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr)));
    expect(asked.filter((name) => !told.has(name))).toEqual([]);
    expect(asked.length).toBeGreaterThanOrEqual(dashboard.panels.length);
  });
});

/** For each alert what a node tells while it fires, an hour and a day long. */
const fires: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CNIPluginMissing: { 'cni_plugins_installer_plugin_state{node="a",plugin="macvlan",state="absent"}': '1x2000' },
  CNIPluginRepairFailed: { 'cni_plugins_installer_repair_failures_total{node="a",plugin="macvlan",reason="space"}': '0+1x2000' },
  CNIPluginContended: { 'cni_plugins_installer_plugin_contended{node="a",plugin="macvlan"}': '1x2000' },
  CNIPluginRepairedOften: { 'cni_plugins_installer_repairs_total{node="a",plugin="macvlan",reason="absent"}': '0+1x2000' },
  CNIPluginsAuditStale: { 'cni_plugins_installer_last_audit_timestamp_seconds{node="a"}': '0x2000' },
  CNIPluginsStoreDamaged: { 'cni_plugins_installer_store_intact{node="a"}': '0x2000' },
  CNIPluginsSpareStoreDamaged: { 'cni_plugins_installer_spare_store_intact{node="a"}': '0x2000' },
  CNIPluginsVersionSkew: {
    'cni_plugins_installer_release_info{node="a",version="v1.9.1"}': '1x2000',
    'cni_plugins_installer_release_info{node="b",version="v1.6.2"}': '1x2000',
  },
  CNIMountNotShared: { 'cni_plugins_installer_mount_shared{node="a",path="/"}': '0x2000' },
  CNIPluginAdvisory: { 'cni_plugins_installer_release_advisory{node="a",id="CVE-1"}': '1x2000' },
  CNIDhcpDaemonDown: { 'cni_plugins_installer_dhcp_up{node="a"}': '0x2000' },
  CNIDhcpLeaseLost: { 'cni_plugins_installer_dhcp_lease_expired_total{node="a"}': '0+1x2000' },
  CNIDhcpAddressMoved: {
    'cni_plugins_installer_dhcp_readopted_total{node="a",result="moved"}': '0+1x2000',
  },
};

const healthy = {
  'cni_plugins_installer_plugin_state{node="a",plugin="macvlan",state="intact"}': '1x2000',
  'cni_plugins_installer_repair_failures_total{node="a",plugin="macvlan",reason="space"}': '0x2000',
  'cni_plugins_installer_plugin_contended{node="a",plugin="macvlan"}': '0x2000',
  'cni_plugins_installer_repairs_total{node="a",plugin="macvlan",reason="absent"}': '0 0 1 1 1x2000',
  'cni_plugins_installer_last_audit_timestamp_seconds{node="a"}': '0+60x2000',
  'cni_plugins_installer_store_intact{node="a"}': '1x2000',
  'cni_plugins_installer_spare_store_intact{node="a"}': '1x2000',
  'cni_plugins_installer_release_info{node="a",version="v1.9.1"}': '1x2000',
  'cni_plugins_installer_release_info{node="b",version="v1.9.1"}': '1x2000',
  'cni_plugins_installer_mount_shared{node="a",path="/"}': '1x2000',
  'cni_plugins_installer_dhcp_up{node="a"}': '1x2000',
  'cni_plugins_installer_dhcp_lease_expired_total{node="a"}': '0x2000',
  'cni_plugins_installer_dhcp_readopted_total{node="a",result="same"}': '0+1x2000',
  'cni_plugins_installer_dhcp_readopted_total{node="a",result="moved"}': '0x2000',
};

/** Which alerts fire, a day and an hour after the series began, by the judgement of promtool. */
function firing(series: Readonly<Record<string, string>>, names: readonly string[], expected: readonly string[]): string {
  return inScratch((scratch) => {
    const rules = join(scratch, 'rules.yaml');
    writeFileSync(rules, stringify(rulesIn(template(scraped))));
    const test = {
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          promql_expr_test: names.map((name) => ({
            expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`,
            eval_time: '25h',
            exp_samples: [{ labels: '{}', value: expected.includes(name) ? 1 : 0 }],
          })),
        },
      ],
    };
    const file = join(scratch, 'test.yaml');
    writeFileSync(file, stringify(test));
    try {
      execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
      return '';
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return `${stdout}${stderr}`;
    }
  });
}

describeWhere(missingCommands(['promtool']), 'promtool', () => {
  describeWith(['helm'], 'judges the alerts', () => {
    it.each(Object.entries(fires))('%s fires', (name, series) => {
      expect(firing(series, [name], [name])).toBe('');
    });

    it('none fires on a healthy node where one plugin was put back once', () => {
      expect(firing(healthy, Object.keys(fires), [])).toBe('');
    });

    it('each alert is tried', () => {
      expect(alerts().map(({ alert }) => alert).toSorted()).toEqual(Object.keys(fires).toSorted());
    });
  });
});

describe('this test itself', () => {
  it('finds metrics in an expression', () => {
    expect(metricsIn('sum(rate(cni_plugins_installer_a_total[5m])) > 0')).toEqual([
      'cni_plugins_installer_a_total',
    ]);
  });
});
