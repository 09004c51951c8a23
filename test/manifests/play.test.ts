// Proves that the Ansible play, run by the real ansible-playbook, and the commands of the Salt state prepare a node through
// the node's own containerd, and that the documented command undoes it.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { documentedCommand } from '../docs/commands.ts';
import { archives, bootInstallerNode, current, wishFor } from '../support/node/installer-container.ts';
import { pluginsArchive } from '../support/node/plugins-archive.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { installerReference } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { manifest } from './render.ts';

const reportPath = '/run/cni-plugins-installer/report.json';

/** What a site without a network and with this test's image would set. */
const siteVariables = {
  installer_image: installerReference,
  site_arguments: [
    `--mount=type=bind,src=${archives.hostPath},dst=/archives,options=rbind:ro`,
    '--env=CNI_PLUGINS_ARCHIVE=/archives',
    `--env=CNI_PLUGINS_SHA256=${wishFor(pluginsArchive(current))['CNI_PLUGINS_SHA256']}`,
  ],
};

/** A node with the play, an inventory that names the node itself, and the site's variables. */
async function bootManagedNode(): Promise<ThrowawayNode> {
  const node = await bootInstallerNode();
  try {
    const directory = join(node.root, 'run/play');
    await mkdir(directory);
    await writeFile(join(directory, 'play.yml'), manifest('examples/ansible/prepare-nodes.yml'));
    await writeFile(
      join(directory, 'inventory'),
      '[kubernetes_nodes]\nlocalhost ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n',
    );
    await writeFile(join(directory, 'site.yml'), stringify(siteVariables));
    return node;
  } catch (error) {
    await node.stop();
    throw error;
  }
}

/** The machine's own configuration of Ansible is none of the play's business. */
const settings = 'HOME=/run/play LC_ALL=C.UTF-8 ANSIBLE_CONFIG=/run/play/ansible.cfg';

/** How many tasks came to what, by Ansible's own words: `changed`, `failed`, `skipped` and others. */
type Recap = Readonly<Record<string, number>>;

/** Rejects with all that was said where a task failed, or none was reached. */
async function play(node: ThrowawayNode): Promise<Recap> {
  const command = 'ansible-playbook --inventory inventory --extra-vars @site.yml play.yml';
  const answer = await node.host(`cd /run/play && ${settings} ${command} 2>&1; true`);
  const [, line = ''] = /^localhost +: (.*)$/m.exec(answer) ?? [];
  const counts = [...line.matchAll(/(\w+)=(\d+)/g)].map(([, word = '', count]) => [word, Number(count)]);
  const recap = Object.fromEntries(counts) as Recap;
  if (recap['failed'] !== 0) throw new Error(`the play failed: ${answer}`);
  return recap;
}

/** The command of docs/uninstall.md, with this test's image and its place of the program. */
function documentedUninstall(): string {
  return documentedCommand('docs/uninstall.md', 'ctr --namespace k8s.io run')
    .replace(/ghcr\.io\/\S+/, installerReference)
    .replace('/usr/lib/cni-plugins-installer/', '/app/');
}

interface Command {
  readonly name: string;
  readonly unless?: string;
  readonly env: readonly Readonly<Record<string, string>>[];
}

/** What the Salt state makes and runs, in its order. */
function stateParts(): { readonly directories: readonly string[]; readonly commands: readonly Command[] } {
  type State = Readonly<Record<string, readonly object[]>>;
  const states = Object.values(parse(manifest('examples/salt/prepare-nodes.sls')) as Record<string, State>);
  const told = (of: string): object[] =>
    states.flatMap((state) => (state[of] === undefined ? [] : [Object.assign({}, ...state[of]) as object]));
  return {
    directories: (told('file.directory') as { names: string[] }[]).flatMap(({ names }) => names),
    commands: told('cmd.run') as Command[],
  };
}

/** By the shell that Salt takes, with this site's values for the state's own. */
async function runOfState(node: ThrowawayNode, { name, unless, env }: Command): Promise<void> {
  const { installer_image: image, site_arguments: site } = siteVariables;
  const values = Object.assign({}, ...env, { IMAGE: image, SITE_ARGUMENTS: site.join(' ') }) as Record<string, string>;
  const exports = Object.entries(values).map(([key, value]) => `export ${key}='${value}'`);
  const guarded = unless === undefined ? name : `${unless} >/dev/null || { ${name}; }`;
  await node.host([...exports, guarded].join('\n'));
}

async function report(node: ThrowawayNode): Promise<unknown> {
  return JSON.parse(await node.host(`cat ${reportPath}`));
}

describeOnNode(
  'the play, on a node whose root is private',
  () => {
    it('installs and shares, changes nothing the second time, is undone by the documented command; the Salt state does the same', async () => {
      await using node = await bootManagedNode();

      expect(await play(node)).toMatchObject({ skipped: 1 });
      expect(await report(node)).toMatchObject({ outcome: 'installed', mounts: { shared: true } });
      expect(await node.mountinfo('/')).toMatchObject({ shared: true });

      expect(await play(node)).toMatchObject({ changed: 0 });
      expect(await report(node)).toMatchObject({ outcome: 'unchanged' });

      await node.host(documentedUninstall());
      expect(await node.host('ls -A /opt/cni/bin /var/lib/cni-plugins-installer')).toBe(
        '/opt/cni/bin:\n\n/var/lib/cni-plugins-installer:\n',
      );

      const { directories, commands } = stateParts();
      await node.host('mount --make-rprivate /; rm -r /opt/cni/bin /run/cni-plugins-installer /var/lib/cni-plugins-installer');
      await node.host(`mkdir -p ${directories.join(' ')}`);
      for (const command of commands) await runOfState(node, command);
      expect(commands).toHaveLength(2);
      expect(await node.mountinfo('/')).toMatchObject({ shared: true });
      expect(await report(node)).toMatchObject({ outcome: 'installed', mounts: { shared: true } });
    });
  },
  ['ansible-playbook'],
);
