// Proves that the pages hang together: each is reached from the front door, no link leads nowhere, and each command that
// they tell people to type is typed by a test, or is on the list of those that can't be.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { commandsIn, commandsOn, documentedCommands } from './commands.ts';
import { brokenLinks, missingFiles, unknownTargets } from './page-faults.ts';
import { anchorsIn, fencesIn, linksIn, pages, textOf } from './pages.ts';
import { project } from '../support/project.ts';
import { type Proof, proofs, speaksFor } from './proofs.ts';

const frontDoor = 'README.md';

/** Every page that a reader comes to from there, by links alone. */
function reachedFrom(start: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [start];
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    if (reached.has(page)) continue;
    reached.add(page);
    const files = linksIn(textOf(page), page).map(({ file }) => file);
    waiting.push(...(files.filter((file) => file !== undefined && pages.includes(file)) as string[]));
  }
  return reached;
}

/** The chart's page is made from its values, the changes are history. */
const written = pages.filter((page) => !page.startsWith('manifests/chart/') && page !== 'CHANGELOG.md');

function withoutGenerated(text: string): string {
  return text.replaceAll(/<!-- (\S+): generated -->[\s\S]*<!-- \1: end -->/g, '');
}

describe('the pages', () => {
  it('are all reached from the front door', () => {
    const reached = reachedFrom(frontDoor);

    expect(pages.length).toBeGreaterThan(15);
    expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  });

  it('of docs/ are all in its index', () => {
    const listed = new Set(linksIn(textOf('docs/README.md'), 'docs/README.md').map(({ file }) => file));
    const expected = pages.filter((page) => /^docs\/[^/]+$/.test(page) && page !== 'docs/README.md');

    expect(expected.filter((page) => !listed.has(page))).toEqual([]);
  });

  it.each(pages)('%s has no link that leads nowhere', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it.each(pages)('%s names only files that are there, and verbs that make knows', (page) => {
    expect([...missingFiles(page), ...unknownTargets(page)]).toEqual([]);
  });

  it.each(written)('%s says of each fence what is in it', (page) => {
    const known = new Set(['sh', 'text', 'yaml', 'json', 'dockerfile', 'console']);
    const languages = fencesIn(textOf(page)).map(({ language }) => language);

    expect(languages.filter((language) => !known.has(language))).toEqual([]);
  });

  it.each(pages)('%s names our image by the version of the package', (page) => {
    const tags = [...textOf(page).matchAll(/cni-plugins-installer:(\d[\w.]*)/g)].map(([, tag]) => tag);

    expect(tags).toEqual(tags.map(() => packageJson.version));
  });

  it.each(written)('%s has the words that people search for', (page) => {
    const odd =
      /(could not|can't|cannot) be had|is no (directory|URL|release|executable|file)\b|has not (this|the)/gi;

    expect(withoutGenerated(textOf(page)).match(odd)).toBeNull();
  });
});

describe('the front door', () => {
  it('is short enough to be read', () => {
    expect(textOf(frontDoor).trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  it('says which Node the bundle runs on, as the package does', () => {
    const [, version] = /^>=([\d.]+)$/.exec(packageJson.engines.node) ?? [];

    expect(version).toBeDefined();
    expect(textOf(frontDoor)).toContain(`runs on Node ${version} or later`);
  });

  it('shows the reports of the nodes by the same command as the page for those in need', () => {
    const [command, ...others] = ['README.md', 'docs/troubleshooting.md'].map((page) =>
      commandsOn(page)
        .map(({ text }) => text)
        .find((text) => text.includes('initContainerStatuses')),
    );

    expect(command).toBeDefined();
    expect(others).toEqual([command]);
  });
});

describe('each command on the pages', () => {
  const commands = documentedCommands();

  it('is typed by a test, or is on the list of those that cannot be', () => {
    const unproved = commands.filter(({ text }) => !proofs.some((proof) => speaksFor(proof, text)));

    expect(commands.length).toBeGreaterThan(40);
    expect(unproved).toEqual([]);
  });

  it('is on the list because it stands on a page', () => {
    const stale = proofs.filter((proof) => !commands.some(({ text }) => speaksFor(proof, text)));

    expect(stale).toEqual([]);
  });

  it.each(proofs.filter((proof): proof is Extract<Proof, { by: string }> => 'by' in proof))(
    '$command is really in $by',
    ({ by, words }) => {
      expect(readFileSync(join(project, by), 'utf8')).toContain(words);
    },
  );
});

describe('this test itself', () => {
  it('takes commands apart as a shell does', () => {
    const page = [
      'Text.',
      '```sh',
      "kubectl get pods | jq -r '.items[]",
      "  | .name'   # a comment",
      '# another',
      'helm install x ./y \\',
      '  --set a=b',
      'for a in b; do',
      '  echo $a',
      'done',
      'IMAGE=x:1   # yours',
      '```',
      '```yaml',
      'a: b',
      '```',
    ].join('\n');

    expect(commandsIn(page)).toEqual([
      "kubectl get pods | jq -r '.items[]\n  | .name'",
      'helm install x ./y --set a=b',
      'for a in b; do\n  echo $a\ndone',
    ]);
  });

  it('knows links from code, and headings from comments in code', () => {
    const page = [
      '# A `b` & c',
      '```sh',
      '# no heading',
      '```',
      '## A',
      '## A',
      '`[no](link)` [a](b.md#c)',
    ].join('\n');

    expect(anchorsIn(page)).toEqual(['a-b--c', 'a', 'a-1']);
    expect(linksIn(page, 'docs/x.md')).toEqual([{ written: 'b.md#c', file: 'docs/b.md', anchor: 'c' }]);
  });
});
