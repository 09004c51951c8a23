// Writes what is made from the chart's values.yaml and templates; with --check, fails when any of it is stale.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { pluginNameConditions } from './plugin-names.ts';

const project = join(import.meta.dirname, '../../..');
const tools = join(project, 'build/tools/bin');
const chart = 'manifests/chart';

interface Manifest {
  readonly path: string;
  /** The one template whose objects it is; undefined: all of the chart's. */
  readonly template?: string;
  /** What stands above the objects, as comment. */
  readonly about: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const hardened = { layout: 'hardened' };

const manifests: readonly Manifest[] = [
  {
    path: 'manifests/multus-daemonset.yml',
    about: `Multus (thin) on nodes that are made ready for it.

kubectl apply -f multus-daemonset.yml`,
    values: { mode: 'thin' },
  },
  {
    path: 'manifests/multus-daemonset-thick.yml',
    about: `Multus (thick) on nodes that are made ready for it.

kubectl apply -f multus-daemonset-thick.yml`,
    values: { mode: 'thick' },
  },
  {
    path: 'manifests/examples/thin-hardened.yml',
    about: `Multus (thin), and for each step of ours just what it needs: one init container with three capabilities shares
the mounts and sees nothing of the plugins, another one without any capability installs them.`,
    values: { mode: 'thin', ...hardened },
  },
  {
    path: 'manifests/examples/thick-hardened.yml',
    about: `Multus (thick), and for each step of ours just what it needs: one init container with three capabilities shares
the mounts and sees nothing of the plugins, another one without any capability installs them.`,
    values: { mode: 'thick', ...hardened },
  },
  {
    path: 'manifests/examples/thin-without-sharing.yml',
    about: `Multus (thin) without any shared mount: its own init container asks for no Bidirectional, so nothing has to be
repaired on the host, and no init container has a privilege. The least that Multus can run with.`,
    values: { mode: 'thin', ...hardened, mountPropagation: { bidirectional: false } },
  },
  {
    path: 'manifests/examples/thick-air-gapped-bundled.yml',
    about: `Multus (thick) without a network: the image itself carries the plugins' archive. Mirror the images to your
registry, and name it (\`images:\` in a kustomization, or sed).`,
    values: { mode: 'thick', cniPlugins: { source: 'bundled' } },
  },
  {
    path: 'manifests/examples/thin-air-gapped-host-path.yml',
    about: `Multus (thin) without a network: every node has the archive, or the directory that \`bundle\` makes, in
/var/lib/cni-archives.`,
    values: { mode: 'thin', cniPlugins: { source: 'hostPath' } },
  },
  {
    path: 'manifests/examples/thick-mirror.yml',
    about: `Multus (thick) with a mirror of your own. Put its address in place of mirror.example, and its certificate
authority into the ConfigMap mirror-ca:

kubectl -n kube-system create configmap mirror-ca --from-file=ca.crt`,
    values: {
      mode: 'thick',
      cniPlugins: {
        source: 'mirror',
        mirror: { urls: ['https://mirror.example/cni'], ca: { configMap: 'mirror-ca' } },
      },
    },
  },
  {
    path: 'manifests/examples/node-preparation.yml',
    about: `Prepares the nodes only, for a cluster whose Multus comes from elsewhere: plugins and shared mounts, no Multus.
A pod that starts before this one was on its node may still be refused once; it is tried again.`,
    values: { multus: { enabled: false } },
  },
  {
    path: 'manifests/examples/doctor-job.yml',
    template: 'doctor.yaml',
    about: `Says once what is wrong with a node: docs/doctor.md. Any node, unless \`nodeName\` is set.

kubectl apply -f doctor-job.yml && kubectl -n kube-system logs -f job/cni-plugins-doctor`,
    // By itself it can't know whether the node was given a spare store.
    values: { doctor: { job: { enabled: true } }, cniPlugins: { spareStore: '' } },
  },
  {
    path: 'manifests/kustomize/components/watch/daemonset.yaml',
    template: 'watch.yaml',
    about: 'Keeps each node proved: docs/watch.md.',
    values: { watch: { enabled: true } },
  },
  {
    path: 'manifests/kustomize/components/dhcp/daemonset.yaml',
    template: 'dhcp.yaml',
    about: 'Keeps the daemon that the plugin dhcp asks for addresses: docs/dhcp.md.',
    values: { dhcp: { enabled: true }, cniPlugins: { plugins: ['dhcp'] } },
  },
  {
    path: 'manifests/kustomize/components/node-condition/access.yaml',
    template: 'watch-access.yaml',
    about: 'Who `watch` is for the API server, and the fence around what it may write: docs/kubernetes.md.',
    values: { watch: { enabled: true, nodeCondition: { enabled: true } } },
  },
  {
    path: 'manifests/kustomize/components/node-readiness/node-readiness-rule.yaml',
    template: 'node-readiness.yaml',
    about: 'Of the condition that `watch` keeps: docs/kubernetes.md.',
    values: {
      watch: { enabled: true, nodeCondition: { enabled: true }, nodeReadinessRule: { enabled: true } },
    },
  },
  {
    path: 'manifests/kustomize/components/fleet-cronjob/cronjob.yaml',
    template: 'fleet.yaml',
    about: 'Which node has what, once an hour: docs/fleet.md.',
    values: { fleet: { cronJob: { enabled: true } } },
  },
  ...['podMonitor', 'prometheusRule', 'dashboard'].map((name) => ({
    path: `manifests/kustomize/components/${kebabCase(name)}/${kebabCase(name)}.yaml`,
    template: 'monitoring.yaml',
    about: 'Of what `watch` tells: docs/watch.md.',
    values: { watch: { enabled: true, bindAddress: '' }, metrics: { [name]: { enabled: true } } },
  })),
];

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const stale = [...fresh()].filter(([path, text]) => text !== written(path));
if (!process.argv.includes('--check')) for (const [path, text] of stale) write(path, text);
else if (stale.length > 0) {
  process.stderr.write(`stale: ${stale.map(([path]) => path).join(', ')}: run make generate\n`);
  process.exitCode = 1;
}

/** Everything generated, by path. The chart is worked on in a copy, so that a check writes nothing. */
function fresh(): Map<string, string> {
  const copy = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    cpSync(join(project, chart), copy, { recursive: true });
    const files = new Map(
      Object.entries(generatedInChart(copy)).map(([name, text]) => [`${chart}/${name}`, text]),
    );
    for (const manifest of manifests) files.set(manifest.path, rendered(copy, manifest));
    return files;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** Each is put into the copy as well: the render needs the defaults, and obeys the schema. */
function generatedInChart(copy: string): Record<string, string> {
  const values: unknown = parse(readFileSync(join(copy, 'values.yaml'), 'utf8'));
  const heading = '# Generated from values.yaml: what null stands for.\n';
  writeFileSync(join(copy, 'files/defaults.yaml'), heading + yamlForHelm(values));
  const schema = [
    '--output=values.schema.json',
    '--indent=2',
    '--use-helm-docs',
    '--no-additional-properties',
  ];
  run('helm-schema', schema, copy);
  rewrite(join(copy, 'values.schema.json'), (text) =>
    JSON.stringify(withPluginNames(JSON.parse(text, relaxed) as Schema), null, 2),
  );
  run('helm-docs', ['--sort-values-order=file', '--log-level=warning'], copy);
  const generated = ['files/defaults.yaml', 'values.schema.json', 'README.md'];
  return Object.fromEntries(
    generated.map((name) => [name, `${readFileSync(join(copy, name), 'utf8').trimEnd()}\n`]),
  );
}

/**
 * null means the default, and Helm may show it to the schema. What the chart only passes on is Kubernetes' to judge, but
 * helm-schema takes the default's keys and types for the only ones, and closes the items of lists.
 */
function relaxed(key: string, schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema;
  const node: Record<string, unknown> = { ...schema };
  if (key === 'items') return node['type'] === 'string' ? node : { type: node['type'] };
  if (Array.isArray(node['enum'])) node['enum'] = [...(node['enum'] as unknown[]), null];
  if (node['type'] !== undefined) node['type'] = [node['type'], 'null'].flat();
  if (node['additionalProperties'] === true && key !== 'global') delete node['properties'];
  return node;
}

interface Schema {
  readonly properties: Readonly<Record<string, object>>;
}

function withPluginNames(schema: Schema): Schema {
  const cniPlugins = { ...schema.properties['cniPlugins'], allOf: pluginNameConditions() };
  return { ...schema, properties: { ...schema.properties, cniPlugins } };
}

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

function rendered(copy: string, { about, values, template }: Manifest): string {
  const valuesFile = join(copy, 'manifest-values.yaml');
  writeFileSync(valuesFile, yamlForHelm(values));
  const only = template === undefined ? [] : [`--show-only=templates/${template}`];
  const target = ['multus', copy, '--namespace=kube-system', `--values=${valuesFile}`, ...only];
  return `${comment(about)}\n${withoutHelm(run('helm', ['template', ...target, '--no-hooks'], copy))}`;
}

/** Helm reads YAML 1.1, where `off` and `no` are booleans unless they are quoted. */
function yamlForHelm(values: unknown): string {
  return stringify(values, { version: '1.1' });
}

function comment(about: string): string {
  const origin = 'Generated from manifests/chart: change it there, or by a kustomization.';
  return `${about}\n\n${origin}`
    .split('\n')
    .map((line) => `# ${line}`.trimEnd())
    .join('\n');
}

/** Applied by kubectl, the objects are not Helm's. */
function withoutHelm(text: string): string {
  return text
    .replace(/^# Source: .*\n/gm, '')
    .replace(/^ +(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm, '')
    .replace(/^ +annotations:\n +# Deleting it .*\n +helm\.sh\/resource-policy: keep\n/gm, '');
}

function run(tool: string, args: readonly string[], cwd: string): string {
  const path = join(tools, tool);
  if (!existsSync(path)) throw new Error(`there is no ${path}: run test/setup/tools.sh`);
  return execFileSync(path, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function written(path: string): string | undefined {
  const file = join(project, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function write(path: string, text: string): void {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${path}\n`);
}
