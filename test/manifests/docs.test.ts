// Proves that what the pages tell people to type, set and look for is there.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { components } from './kustomization.ts';
import { describeWith, project, run, chartDir } from './tools.ts';

const pages = ['ways-in', 'security', 'uninstall', 'upgrade', 'troubleshooting'].map(
  (name) => `docs/${name}.md`,
);

function page(path: string): string {
  return readFileSync(join(project, path), 'utf8');
}

/** `#a-heading` of each heading, as GitHub makes it. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(path: string): string[] {
  return [...page(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(
    ([link, file = '', anchor]) => {
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(project, target))) return [link];
      const found = anchor === undefined || anchorsIn(page(target)).includes(anchor);
      return found ? [] : [link];
    },
  );
}

function sourceText(): string {
  const files = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => page(join('src', name)))
    .join('\n');
}

describeWith([], 'the pages', () => {
  it.each([...pages, 'manifests/chart/README.md'])('%s has no link that leads nowhere', (path) => {
    expect(brokenLinks(path)).toEqual([]);
  });

  it.each(pages)('%s names only files that are there', (path) => {
    const named = [...page(path).matchAll(/(?:-f |`)(manifests\/[\w./-]+)/g)].map(([, file = '']) => file);

    expect(named.filter((file) => !existsSync(join(project, file)))).toEqual([]);
  });

  it('list every component, and no other one', () => {
    const rows = page('docs/ways-in.md').split('| component |')[1]?.split('\n\n')[0] ?? '';
    const cells = rows.split('\n').map((row) => row.split('|')[1] ?? '');
    const listed = cells.flatMap((cell) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name));

    expect(new Set(listed)).toEqual(new Set(components));
  });

  it('explain only codes that the installer has', () => {
    const rows = page('docs/troubleshooting.md').split('## Of ours')[1]?.split('\n## ')[0] ?? '';
    const codes = rows.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)]);
    const source = sourceText();

    expect(codes.length).toBeGreaterThan(10);
    expect(codes.map(([, code = '']) => code).filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });
});

describeWith(['helm'], 'the values that the pages set', () => {
  const commands = pages.flatMap((path) =>
    [...page(path).matchAll(/(?:`| )(--set [^`\n]*)/g)].map(([, set = '']) => set),
  );
  const ours = commands.filter((set) => !set.includes('cniplugins.image'));

  it.each([...new Set(ours)])('%s renders', (set) => {
    const pairs = set.replaceAll("'", '').split('--set ').slice(1);
    const args = pairs.flatMap((pair) => ['--set', pair.trim()]);

    expect(run('helm', ['template', 'multus', chartDir, ...args])).toContain('kind: DaemonSet');
  });
});
