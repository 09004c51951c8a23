// Proves that Renovate is told of each thing that is pinned here. Whether it understands is its own validator's to say.

import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { textOf } from '../docs/pages.ts';
import { fileOf, workflowNames } from './workflows.ts';

interface Config {
  readonly enabledManagers: readonly string[];
  readonly customManagers: readonly {
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
  }[];
  readonly packageRules: readonly {
    readonly matchPackageNames?: readonly string[];
    readonly matchFileNames?: readonly string[];
    readonly allowedVersions?: string;
  }[];
}

const config = JSON.parse(textOf('.github/renovate.json')) as Config;
const toolsScript = 'test/setup/tools.sh';
const [nodeImage = '', nodeTag = ''] =
  /^ARG NODE_IMAGE=([^:\n]+):([^@\n]+)@sha256:/m.exec(textOf('image/Dockerfile'))?.slice(1) ?? [];

function catalogOfTools(): string[] {
  const [, table = ''] = /<<'LIST'\n([^]*?)\nLIST/.exec(textOf(toolsScript)) ?? [];
  return table.split('\n').map((line) => line.split(/ +/).slice(0, 3).join(' '));
}

function found(): string[] {
  const [manager] = config.customManagers;
  const matches = textOf(toolsScript).matchAll(new RegExp(manager?.matchStrings[0] ?? '', 'g'));
  return [...matches].map(
    ({ groups = {} }) => `${groups['depName']} ${groups['currentValue']} ${groups['packageName']}`,
  );
}

describe('renovate.json', () => {
  it('has a manager for npm, the base images, the actions and the tools', () => {
    expect(config.enabledManagers).toEqual(['npm', 'dockerfile', 'github-actions', 'custom.regex']);
    expect(config.customManagers.flatMap(({ managerFilePatterns }) => managerFilePatterns)).toEqual([
      `/^${toolsScript.replaceAll('.', '\\.')}$/`,
    ]);
  });

  it('finds each tool of tools.sh, its version and its module, and nothing else there', () => {
    expect(found().length).toBeGreaterThan(5);
    expect(found()).toEqual(catalogOfTools());
  });

  it('meets a module that is named twice in one version', () => {
    const byModule = Map.groupBy(catalogOfTools(), (line) => line.split(' ')[2]);
    const versions = [...byModule.values()].map((lines) => new Set(lines.map((line) => line.split(' ')[1])));

    expect(versions.filter(({ size }) => size !== 1)).toEqual([]);
  });

  it('has rules only for what is there', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const modules = catalogOfTools().map((line) => line.split(' ')[2] ?? '');
    const known = new Set([
      ...Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }),
      ...modules,
      nodeImage,
    ]);

    expect(
      config.packageRules
        .flatMap(({ matchPackageNames = [] }) => matchPackageNames)
        .filter((name) => !known.has(name)),
    ).toEqual([]);
  });

  it('keeps what is pinned now within what it may propose', () => {
    const now: Readonly<Record<string, string>> = {
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
      [nodeImage]: nodeTag,
      ...Object.fromEntries(catalogOfTools().map((line) => line.split(' ').slice(1).toReversed())),
    };
    const bounded = config.packageRules.filter(({ allowedVersions }) => allowedVersions !== undefined);

    expect(bounded.length).toBeGreaterThan(0);
    for (const { matchPackageNames = [], allowedVersions = '' } of bounded) {
      for (const name of matchPackageNames)
        expect(now[name]).toMatch(new RegExp(allowedVersions.slice(1, -1)));
    }
  });

  it('meets the build image by one name in the Dockerfile and in both workflows', () => {
    const elsewhere = workflowNames.map((name) => textOf(fileOf(name)));

    expect(nodeImage).not.toBe('');
    expect(elsewhere.filter((text) => !text.includes(`${nodeImage}:${nodeTag}@sha256:`))).toEqual([]);
  });
});
