// Proves that the command of the Ansible play, and the one that undoes it, do their work by a real node's own containerd.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { archives, bootInstallerNode, current, wishFor } from '../node/installer-container.ts';
import { pluginsArchive } from '../node/plugins-archive.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { installerReference } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { manifest, project } from './tools.ts';

interface Play {
  readonly vars: Readonly<Record<string, string>>;
  readonly tasks: readonly {
    readonly name: string;
    readonly 'ansible.builtin.command'?: { readonly argv: string[] };
  }[];
}

const [play] = parse(manifest('examples/ansible/prepare-nodes.yml')) as [Play];
const reportDir = play.vars['report_dir'] ?? '';

/** The play's task as a shell command, with this test's image, archive and digest. */
function commandOf(task: string): string {
  const argv = play.tasks.find(({ name }) => name === task)?.['ansible.builtin.command']?.argv ?? [];
  const vars: Record<string, string> = { ...play.vars, installer_image: installerReference };
  const filled = argv.map((word) =>
    word.replaceAll(/\{\{ (\w+) \}\}/g, (_, name: string) => vars[name] ?? ''),
  );
  const site = [
    `--mount=type=bind,src=${archives.hostPath},dst=/archives,options=rbind:ro`,
    '--env=CNI_PLUGINS_ARCHIVE=/archives',
    `--env=CNI_PLUGINS_SHA256=${wishFor(pluginsArchive(current))['CNI_PLUGINS_SHA256']}`,
  ];
  return [...filled.slice(0, -2), ...site, ...filled.slice(-2)].map((word) => `'${word}'`).join(' ');
}

/** The command of docs/uninstall.md, with this test's image and its place of the program. */
async function documentedUninstall(): Promise<string> {
  const text = await readFile(join(project, 'docs/uninstall.md'), 'utf8');
  const [, command = ''] = /\n(ctr --namespace k8s\.io run [^`]*)\n```/.exec(text) ?? [];
  return command
    .replace(/ghcr\.io\/\S+/, installerReference)
    .replace('/usr/lib/cni-plugins-installer/', '/app/');
}

async function report(node: ThrowawayNode): Promise<unknown> {
  return JSON.parse(await node.host(`cat ${reportDir}/report.json`));
}

describeOnNode('the play, on a node whose root is private', () => {
  it('installs and shares, says so, and the second time changes nothing', async () => {
    await using node = await bootInstallerNode();
    await node.host(`mkdir -p ${reportDir}`);
    const command = commandOf('Install the plugins and share the mounts');

    await node.host(command);
    expect(await report(node)).toMatchObject({ outcome: 'installed', mounts: { shared: true } });
    expect(await node.mountinfo('/')).toMatchObject({ shared: true });

    await node.host(command);
    expect(await report(node)).toMatchObject({ outcome: 'unchanged' });
  });

  it('is undone by the documented command', async () => {
    await using node = await bootInstallerNode();
    await node.host(`mkdir -p ${reportDir}`);
    await node.host(commandOf('Install the plugins and share the mounts'));

    await node.host(await documentedUninstall());

    expect(await node.host('ls -A /opt/cni/bin')).toBe('');
  });
});
