// The file that is started: it looks at the Node it runs on before anything is loaded that an older one could not read.

/** The oldest Node that will do, by the `engines` of package.json; it can only say "this one or newer". */
export function oldestNode(engines: string): string {
  const [, oldest] = /^>=(\d+\.\d+)$/.exec(engines) ?? [];
  if (oldest === undefined) throw new Error(`engines.node is ${engines}; wanted >=MAJOR.MINOR`);
  return oldest;
}

/**
 * A whole script needs a file of its own: the syntax of a file is read before its first statement is run, and so old a
 * Node as is still met in distributions reads neither `?.` nor `let`.
 * @param oldest `22.12`
 * @param program what is loaded by a Node that will do, relative to this script
 */
export function launcherScript(oldest: string, program: string): string {
  const [major, minor] = oldest.split('.');
  return `#!/usr/bin/env node
'use strict';
var has = process.versions.node.split('.');
if (has[0] > ${major} || (has[0] == ${major} && has[1] >= ${minor})) {
  require('${program}');
} else {
  process.stderr.write('error: cni-plugins-installer needs Node ${oldest} or newer, ' + process.execPath + ' is ' + process.versions.node + '\\n');
  process.exit(2);
}
`;
}
