// Proves that what the release workflow pushes is what the pages tell people to install: its own steps, run with a real registry.

import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { buildImage, type BuiltImage, ownArch, remove } from '../image/built-image.ts';
import { missingOf, pathOf, run } from '../support/built-tools.ts';
import { describeWhere, missingCommands, missingForMounts } from '../support/needs.ts';
import { account, type Ghcr, neededForGhcr, outputsIn, worldWithGhcr } from './ghcr.ts';
import { project } from '../support/project.ts';
import { stepNamed, workflow } from './workflows.ts';

const { job } = workflow('release');
const pages = ['README.md', 'manifests/chart/README.md', ...globSync('docs/*.md', { cwd: project })];
const { image } = parse(readFileSync(join(project, 'manifests/chart/values.yaml'), 'utf8')) as {
  image: { registry: string; repository: string };
};
const [owner = ''] = image.repository.split('/');

/** As GitHub has it in this project's own repository: with capitals, which a registry refuses. */
const github = {
  GITHUB_REPOSITORY_OWNER: owner.toUpperCase(),
  IMAGE: `ghcr.io/${image.repository.toUpperCase()}`,
  REGISTRY_USER: account.user,
  REGISTRY_TOKEN: account.token,
};

const missing =
  missingOf(['helm']) ?? missingCommands([...neededForGhcr, 'skopeo', 'jq']) ?? missingForMounts();

describeWhere(missing, 'what a release pushes', () => {
  let ghcr: Ghcr;
  let plain: BuiltImage;
  let bundled: BuiltImage;
  let pushed: Record<string, string>;

  beforeAll(() => {
    plain = buildImage({ args: ['--arch', ownArch] });
    const directory = archives();
    bundled = buildImage({ args: ['--arch', ownArch, '--archives', directory] });
    rmSync(directory, { recursive: true });
    ghcr = worldWithGhcr();
    furnishBuild();
    pushed = runSteps('Push', 'Push the chart');
  });
  afterAll(() => {
    remove(plain, bundled);
    ghcr[Symbol.dispose]();
  });

  /** build/ as the steps before leave it. */
  function furnishBuild(): void {
    mkdirSync(join(ghcr.directory, 'build'));
    const build = { image: plain.directory, 'image-bundled': bundled.directory, tools: toolsDir() };
    for (const [name, target] of Object.entries(build))
      symlinkSync(target, join(ghcr.directory, 'build', name));
    run('helm', [
      'package',
      join(project, 'manifests/chart'),
      '--destination',
      join(ghcr.directory, 'build/chart'),
    ]);
  }

  function runSteps(...names: readonly string[]): Record<string, string> {
    const outputs = join(ghcr.directory, 'outputs');
    writeFileSync(outputs, '');
    for (const name of names) {
      const { status, stderr } = ghcr.run(stepNamed(job, name).run ?? '', {
        ...github,
        GITHUB_OUTPUT: outputs,
      });
      if (status !== 0) throw new Error(`${name}: ${stderr}`);
    }
    return outputsIn(outputs);
  }

  it.each(['docs/ways-in.md', 'manifests/chart/README.md'])('is the chart that %s names', (page) => {
    expect(chartsNamedBy(page)).toContain(`oci://${pushed['name']}`);
  });

  it('is the only chart that any page names', () => {
    expect(new Set(pages.flatMap(chartsNamedBy))).toEqual(new Set([`oci://${pushed['name']}`]));
  });

  it.each(installations())('is found, and renders, by: %s', (command) => {
    const rendering = command.replace(/helm (install|upgrade --install)/, 'helm template');
    const { status, stdout, stderr } = ghcr.run(rendering, {
      PATH: `${toolsDir()}/bin:${process.env['PATH']}`,
    });

    expect(stderr).toContain(`${pushed['name']}:${manifest.version}`);
    expect(status).toBe(0);
    expect(stdout).toContain(`image: ${image.registry}/${image.repository}:${manifest.version}`);
  });

  it('can be pulled by the digests that get signed and attested', () => {
    for (const digest of [pushed['plain'], pushed['bundled'], pushed['digest']]) {
      const name = digest === pushed['digest'] ? pushed['name'] : pushed['image'];
      const { stdout } = ghcr.run(`skopeo inspect --raw docker://${name}@${digest} | sha256sum`);
      expect(`sha256:${stdout.split(' ')[0]}`).toBe(digest);
    }
    expect(new Set([pushed['plain'], pushed['bundled'], pushed['digest']]).size).toBe(3);
  });

  it('is the image that the chart runs, in both variants', () => {
    const named = `${image.registry}/${image.repository}`;

    expect(pushed['image']).toBe(named);
    for (const [tag, digest] of [
      [manifest.version, pushed['plain']],
      [`${manifest.version}-bundled`, pushed['bundled']],
    ]) {
      const { stdout } = ghcr.run(`skopeo inspect --raw docker://${named}:${tag} | sha256sum`);
      expect(`sha256:${stdout.split(' ')[0]}`).toBe(digest);
    }
  });

  it('stays away where the registry does not know who pushes', () => {
    const wrong = { ...github, REGISTRY_TOKEN: 'not-the-token', GITHUB_OUTPUT: '/dev/null' };

    expect(ghcr.run(stepNamed(job, 'Push the chart').run ?? '', wrong).status).not.toBe(0);
  });
});

function toolsDir(): string {
  return join(pathOf('helm'), '../..');
}

/** What is in the archive is of no concern here, only that the variant is another image. */
function archives(): string {
  const directory = mkdtempSync(join(tmpdir(), 'archives-'));
  writeFileSync(join(directory, `cni-plugins-linux-${ownArch}-v0.0.1.tgz`), 'an archive');
  return directory;
}

function chartsNamedBy(page: string): string[] {
  return readFileSync(join(project, page), 'utf8').match(/oci:\/\/ghcr\.io\/[\w./-]+/g) ?? [];
}

/** Each command that installs the chart from the registry, on one line. */
function installations(): string[] {
  const commands = pages.flatMap((page) => {
    const text = readFileSync(join(project, page), 'utf8').replaceAll(/ \\\n\s*/g, ' ');
    return text.match(/^helm (?:install|upgrade --install) \S+ oci:\/\/.*$/gm) ?? [];
  });
  return [...new Set(commands)];
}
