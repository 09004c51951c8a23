// Proves that what the pages tell people to type to Helm and kustomize, to set and to look for, is there.

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { documentedCommand, documentedCommands } from '../docs/commands.ts';
import { fencesIn, textOf } from '../docs/pages.ts';
import { type Base, bases, build, components, writeKustomization } from './kustomization.ts';
import { daemonSetIn, initNames, objectsIn, podOf, type PodSpec } from './objects.ts';
import { chartDir, inScratch, manifest } from './render.ts';
import { describeWith, pathOf, run } from '../support/built-tools.ts';
import { project } from '../support/project.ts';

const pages = ['ways-in', 'security', 'uninstall', 'upgrade', 'troubleshooting'].map(
  (name) => `docs/${name}.md`,
);

function sourceText(): string {
  const files = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => textOf(join('src', name)))
    .join('\n');
}

/** Types it in a directory, with the real tools in the PATH. */
function type(command: string, directory: string): string {
  const env = { ...process.env, PATH: [dirname(pathOf('helm')), process.env['PATH']].join(delimiter) };
  return execFileSync('bash', ['-c', `set -eo pipefail\n${command}`], { cwd: directory, env, encoding: 'utf8' });
}

describeWith([], 'the pages', () => {
  it('list every component, and no other one', () => {
    const rows = textOf('docs/ways-in.md').split('| component |')[1]?.split('\n\n')[0] ?? '';
    const cells = rows.split('\n').map((row) => row.split('|')[1] ?? '');
    const listed = cells.flatMap((cell) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name));

    expect(new Set(listed)).toEqual(new Set(components));
  });

  it('explain only codes that the installer has', () => {
    const rows = textOf('docs/troubleshooting.md').split('## Of ours')[1]?.split('\n## ')[0] ?? '';
    const codes = rows.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)]);
    const source = sourceText();

    expect(codes.length).toBeGreaterThan(10);
    expect(codes.map(([, code = '']) => code).filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });
});

describeWith([], 'the init container to paste', () => {
  it('is that of the component, but for what stands there by default', () => {
    const [pasted] = fencesIn(textOf('docs/ways-in.md')).flatMap(({ language, text }) =>
      language === 'yaml' && text.startsWith('initContainers:') ? [parse(text) as PodSpec] : [],
    );
    const patch = manifest('kustomize/components/install/install-cni-plugins.yaml');
    const { initContainers, volumes } = podOf(objectsIn(patch));

    const byDefault = { imagePullPolicy: 'IfNotPresent', env: expect.any(Array) as unknown };
    expect(pasted?.initContainers?.map((container) => ({ ...container, ...byDefault }))).toEqual(initContainers);
    expect(initContainers?.[0]?.env).toEqual(expect.arrayContaining([...(pasted?.initContainers?.[0]?.env ?? [])]));
    expect(pasted?.volumes).toEqual(volumes);
  });
});

describeWith(['helm'], 'the values that the pages set', () => {
  const commands = pages.flatMap((path) =>
    [...textOf(path).matchAll(/(?:`| )(--set [^`\n]*)/g)].map(([, set = '']) => set),
  );
  const ours = commands.filter((set) => !set.includes('cniplugins.image'));

  it.each([...new Set(ours)])('%s renders', (set) => {
    const pairs = set.replaceAll("'", '').split('--set ').slice(1);
    const args = pairs.flatMap((pair) => ['--set', pair.trim()]);

    expect(run('helm', ['template', 'multus', chartDir, ...args])).toContain('kind: DaemonSet');
  });
});

describeWith(['helm'], 'what the pages have people type to Helm', () => {
  const beginnings = [
    'helm install multus ./manifests/chart',
    'helm install cni-plugins ./manifests/chart',
    'helm upgrade multus ./manifests/chart',
  ];
  const commands = documentedCommands()
    .map(({ text }) => text)
    .filter((text) => beginnings.some((beginning) => `${text} `.startsWith(`${beginning} `)));

  it.each([...new Set(commands)])('%s renders', (command) => {
    // There is no cluster here that could have values from before.
    const rendering = command.replace(/^helm \w+/, 'helm template').replace(' --reuse-values', '');

    expect(type(rendering, project)).toContain('kind: DaemonSet');
  });
});

describeWith(['helm', 'kustomize'], 'what the front door has people type to kustomize', () => {
  const isForeign = ({ name, missing }: Base): boolean => name !== 'our own manifest' && missing === undefined;

  it.each(bases.filter(isForeign).map((base) => [base.name, base] as const))(
    'puts ours first, beside a clone of the project: %s',
    (_, base) => {
      const command = documentedCommand('README.md', 'kustomize edit add component');
      const names = inScratch((scratch) => {
        symlinkSync(project, join(scratch, 'cni-plugins-installer'));
        const site = join(scratch, 'site');
        mkdirSync(site);
        writeFileSync(join(site, 'multus.yml'), base.text('thick'));
        writeKustomization(site, { resources: ['multus.yml'] });
        type(command, site);
        return initNames(daemonSetIn(build(site, 'kustomize')).spec.template.spec);
      });

      expect(names).toEqual(['install-cni-plugins', 'install-multus-binary']);
    },
  );
});
