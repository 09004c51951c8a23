// The life of a node whose power is cut again and again: what it is told each time, and what its names may then be. Pure.

import { createHash } from 'node:crypto';
import { type Content, ExpectedNode, type Release, type Wish } from '../faults/expected-node.ts';
import { plugin, pluginNames } from '../support/plugins.ts';
import { packRelease } from '../support/release-archives.ts';

type Contents = Readonly<Record<string, Content>>;

export interface Stage {
  readonly name: 'install' | 'upgrade' | 'repair' | 'rollback' | 'uninstall';
  /** How often a verb that nobody disturbs writes to the disk, or flushes it, as far as is known. */
  readonly requests: number;
  /** Shell code in the bin dir that comes first; it is over, and on the disk, before the verb begins. */
  readonly damage: string;
  readonly verb: readonly string[];
  readonly before: Contents;
  readonly after: Contents;
  /** What mends the node when the power is back: a pod's plain start, but for an uninstall, which is said again. */
  readonly heal: readonly string[];
}

/** Another's plugin was there first. */
const pristine: Contents = { bridge: 'vendor', macvlan: 'absent', static: 'absent' };

/** Shell code in an empty bin dir. */
export const vendorsPlugin =
  'cp /system/image/releases/vendor bridge && chown 4711:815 bridge && chmod 750 bridge';

const oldWish: Wish = { release: 'old', names: pluginNames };
const nextWish: Wish = { release: 'next', names: ['bridge', 'static'] };

/** From a pristine node to a pristine node. */
export async function stagesOfALife(): Promise<[Stage, ...Stage[]]> {
  const node = new ExpectedNode(pristine);
  const stage = async (asked: Pick<Stage, 'name' | 'requests' | 'verb'>, wish: Wish, damage = '') => {
    const before = node.contents;
    await node.apply({ do: 'install', wish, policy: 'replace', verb: 'install' });
    return { ...asked, damage, before, after: node.contents, heal: plainStart(wish) };
  };
  const install = await stage({ name: 'install', requests: 64, verb: plainStart(oldWish) }, oldWish);
  const upgrade = await stage({ name: 'upgrade', requests: 56, verb: plainStart(nextWish) }, nextWish);
  await node.apply({ do: 'write', name: 'bridge', content: 'empty' });
  await node.apply({ do: 'write', name: 'static', content: 'absent' });
  const damage = ': >bridge; rm static';
  const repair = await stage({ name: 'repair', requests: 18, verb: plainStart(nextWish) }, nextWish, damage);
  const rollback = await stage({ name: 'rollback', requests: 42, verb: ['rollback'] }, oldWish);
  return [install, upgrade, repair, rollback, uninstallFrom(node.contents)];
}

function uninstallFrom(before: Contents): Stage {
  const verb = ['uninstall'];
  return { name: 'uninstall', requests: 21, damage: '', verb, before, after: pristine, heal: verb };
}

function plainStart({ release, names }: Wish): string[] {
  const archive = ['--archive', `/releases/${release}.tgz`, '--sha256', digestOf(archiveOf(release))];
  return ['install', ...archive, '--plugins', names.join(','), '--share-mounts', 'off'];
}

/** What the machine's cargo has. */
export function cargoOfALife(): Record<string, Buffer> {
  return { 'old.tgz': archiveOf('old'), 'next.tgz': archiveOf('next'), vendor: vendorsBytes() };
}

function archiveOf(release: Release): Buffer {
  return packRelease(Object.fromEntries(pluginNames.map((name) => [name, bytesOf(name, release)])));
}

function bytesOf(name: string, release: Release): Buffer {
  return plugin(name, { version: release === 'old' ? 'v1.8.0' : 'v1.9.1' });
}

function vendorsBytes(): Buffer {
  return plugin('bridge', { version: 'v0.0.1' });
}

/** Shell code in the bin dir: a line for each name in it, but for that of the installer's own directory. */
export const listing = `for name in $(ls -A | grep -vx .cni-plugins-installer); do
  echo "$name $(stat -c "%a %u:%g" $name) $(sha256sum <$name | cut -d " " -f 1)"
done`;

/** What is wrong with the names of that listing, of which each may be as in any of the given contents. */
export function complaintsAbout(listed: string, legal: readonly Contents[]): string[] {
  const lines = listed.split('\n').filter((line) => line !== '');
  const now = new Map(lines.map((line) => [line.replace(/ .*/, ''), line.replace(/^\S+ /, '')]));
  const names = new Set([...now.keys(), ...legal.flatMap((contents) => Object.keys(contents))]);
  return [...names].flatMap((name) => {
    const found = now.get(name) ?? 'absent';
    const allowed = legal.map((contents) => factsOf(name, contents[name]));
    return allowed.includes(found) ? [] : [`${name} is ${found}, legal: ${allowed.join(' or ')}`];
  });
}

/** Permissions, owner and digest of a file with this content, as `listing` says them. */
function factsOf(name: string, content: Content | undefined): string {
  switch (content) {
    case 'old':
    case 'next':
      return `755 0:0 ${digestOf(bytesOf(name, content))}`;
    case 'vendor':
      return `750 4711:815 ${digestOf(vendorsBytes())}`;
    case 'empty':
      return `755 0:0 ${digestOf(Buffer.alloc(0))}`;
    case 'absent':
    case undefined:
      return 'absent';
    case 'script':
    case 'link':
      throw new Error(`no machine here has a ${content}`);
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
