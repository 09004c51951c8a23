// Promises of the file that is started: an old Node gets one line and exit status 2, whatever it can't read of the rest.

import { runInNewContext } from 'node:vm';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { launcherScript, oldestNode } from '../../../src/dev/ship/launcher.ts';

const oldest = oldestNode(manifest.engines.node);
const script = launcherScript(oldest, './program.js').replace(/^#!.*\n/, '');

interface Start {
  readonly loaded: readonly string[];
  readonly said: string;
  readonly exitStatus: number | undefined;
}

/** The script on a Node that says it is of this version. */
function startOn(version: string): Start {
  const loaded: string[] = [];
  let said = '';
  let exitStatus: number | undefined;
  const process = {
    versions: { node: version },
    execPath: '/usr/bin/node',
    stderr: { write: (text: string) => void (said += text) },
    exit: (status: number) => void (exitStatus = status),
  };
  runInNewContext(script, { process, require: (path: string) => void loaded.push(path) });
  return { loaded, said, exitStatus };
}

describe('the launcher', () => {
  it.each(['0.10.48', '4.9.1', '9.11.2', '12.22.12', '18.20.8', '20.20.2', '21.99.0', '22.2.0', '22.11.0'])(
    'refuses Node %s in one line, before anything is loaded',
    (version) => {
      expect(startOn(version)).toEqual({
        loaded: [],
        said: `error: cni-plugins-installer needs Node ${oldest} or newer, /usr/bin/node is ${version}\n`,
        exitStatus: 2,
      });
    },
  );

  it.each([`${oldest}.0`, '22.20.1', '23.0.0', '24.21.0', '100.1.0'])(
    'loads the program on Node %s',
    (version) => {
      expect(startOn(version)).toEqual({ loaded: ['./program.js'], said: '', exitStatus: undefined });
    },
  );

  it('is written so that the oldest Node can read it', () => {
    const settings = { minify: false, charset: 'utf8' } as const;
    const asIs = transformSync(script, settings).code;
    expect(transformSync(script, { ...settings, target: 'es5' }).code).toBe(asIs);
  });

  it('can only ask for this version or newer', () => {
    expect(oldestNode('>=22.12')).toBe('22.12');
    for (const engines of ['^22.12', '22.12', '>=22.12 <25', '>=22', '*']) {
      expect(() => oldestNode(engines)).toThrow(engines);
    }
  });
});
