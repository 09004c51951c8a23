// The node's CNI conf dir: every configuration in the order of the runtime, and the kubeconfig that Multus uses.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { textIn } from '../cluster/json-value.ts';
import { errnoOf } from '../lib/errno.ts';
import { type CniConf, isConfName, multusSettings, readConf, unusable } from './cni-conf.ts';
import { readKubeconfig } from './kubeconfig.ts';
import type { ConfDirFacts, KubeconfigFacts } from './node-facts.ts';
import { lookAt, mapSeen, type Seen } from './seen.ts';

export function seeConfDir(directory: string): Seen<ConfDirFacts> {
  return lookAt(directory, () => {
    // By bytes, as Go sorts; of the runtimes each takes the first one.
    const names = readdirSync(directory).filter(isConfName).toSorted();
    const files = names.map((name) => seeConf(directory, name));
    return { path: directory, files, kubeconfig: kubeconfigOf(directory, files) };
  });
}

function seeConf(directory: string, name: string): CniConf {
  try {
    return readConf(name, readFileSync(join(directory, name), 'utf8'));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return unusable(name, `it can't be read (${errno})`);
  }
}

/** Its path is the host's; the directory of the conf dir that it lies in is what we see, too. */
function kubeconfigOf(directory: string, files: readonly CniConf[]): Seen<KubeconfigFacts> | undefined {
  const named = files.flatMap((file) => textIn(multusSettings(file) ?? {}, 'kubeconfig') ?? [])[0];
  if (named === undefined) return undefined;
  const path = join(directory, 'multus.d', basename(named));
  const text = lookAt(path, () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined));
  return mapSeen(text, (content) => ({
    path: named,
    there: content !== undefined,
    ...readKubeconfig(content ?? ''),
  }));
}
