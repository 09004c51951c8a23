// Promises of checking what was asked: defaults, precedence, and one usage error that names what is wrong.

import { describe, expect, it } from 'vitest';
import { readRequest } from '../../../src/arguments/command-line.ts';
import type { Environment } from '../../../src/arguments/environment.ts';
import { type Config, configure } from '../../../src/arguments/config.ts';
import type { InstallConfig } from '../../../src/arguments/configure/install.ts';
import type { Failure } from '../../../src/failure/failure.ts';
import { type Given, optionNames, specOf, type Verb, verbNames } from '../../../src/arguments/options.ts';
import { pluginMode } from '../../../src/node/plugins/plan.ts';
import { newestVersion, pluginsOf } from '../../../src/release/catalog.ts';
import { sourcesFor } from '../../../src/release/acquire/sources.ts';

const hex = { a: 'a'.repeat(64), b: 'b'.repeat(64), long: 'c'.repeat(128) };

async function anyConfigOf(argv: readonly string[], env: Environment = {}): Promise<Config> {
  const request = await readRequest(argv, env);
  if (request.ask !== 'run') throw new Error(`it asks for ${request.ask}`);
  return configure(request.options, 'amd64');
}

/** Of `install`, whose options are most of them. */
async function configOf(argv: readonly string[], env: Environment = {}): Promise<InstallConfig> {
  const config = await anyConfigOf(argv, env);
  if (config.verb !== 'install') throw new Error(`it is about ${config.verb}`);
  return config;
}

async function refusal(argv: readonly string[], env: Environment = {}): Promise<Failure> {
  try {
    await anyConfigOf(argv, env);
  } catch (error) {
    return error as Failure;
  }
  throw new Error('it was accepted');
}

describe('without any argument', () => {
  it('the defaults are those of the documentation', async () => {
    expect(await configOf([])).toMatchObject({
      verb: 'install',
      arch: 'amd64',
      wish: {
        plugins: [
          'bridge',
          'host-device',
          'host-local',
          'ipvlan',
          'loopback',
          'macvlan',
          'portmap',
          'static',
        ],
        skip: [],
        version: newestVersion(),
      },
      trust: { given: { sha256: [], sha512: [] }, sidecar: false },
      source: { archive: undefined, retries: 5, caFile: undefined },
      node: {
        binDir: '/host/opt/cni/bin',
        stateDir: '/host/opt/cni/bin/.cni-plugins-installer',
      },
      createBinDir: false,
      onConflict: 'replace',
      sharing: {
        mode: 'rshared',
        explicit: false,
        paths: ['/', '/opt/cni/bin', '/var/lib/kubelet', '/run/netns'],
        required: false,
        hostProc: '/host/proc',
      },
      run: {
        timeoutMs: 300_000,
        strict: false,
        logFormat: 'text',
        logLevel: 'info',
        output: 'text',
        terminationLog: undefined,
      },
      dryRun: false,
    });
  });

  it("the archive comes from upstream's own releases", async () => {
    const { source, arch } = await configOf([]);
    const places = { archive: undefined, bundled: undefined, mirrors: source.mirrors };
    expect(sourcesFor(places, 'v1.9.1', arch).map(({ label }) => label)).toEqual([
      'https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz',
    ]);
  });
});

describe('the configuration of each verb', () => {
  it.each(verbNames)('%s has exactly the options that concern it', (verb) => {
    const concerning = optionNames.filter((name) => specOf(name).verbs.includes(verb));
    expect(optionsReadFor(verb).toSorted()).toEqual(concerning.toSorted());
  });

  it('has nothing of another verb', async () => {
    expect(Object.keys(await anyConfigOf(['verify']))).toEqual([
      'verb',
      'arch',
      'expected',
      'node',
      'onConflict',
      'sharing',
      'run',
    ]);
  });
});

/** The names that are looked up, whether or not a value is found. */
function optionsReadFor(verb: Verb): string[] {
  const asked = new Set<string>();
  const directory: Given = { values: ['/somewhere'], by: '--directory' };
  const given = new Proxy<Record<string, Given>>(
    {},
    {
      get: (_, name) => {
        asked.add(String(name));
        return verb === 'bundle' && name === 'directory' ? directory : undefined;
      },
    },
  );
  configure({ verb, given }, 'amd64');
  return [...asked];
}

describe('a default that the help has in words', () => {
  /** What the words promise, for each. */
  const promises: Readonly<Record<string, () => Promise<void>>> = {
    'cni-version: newest in the catalog': async () =>
      expect((await configOf([])).wish.version).toBe(newestVersion()),
    'cni-version: the one it has': async () =>
      expect(await anyConfigOf(['verify'])).toMatchObject({ expected: { version: undefined } }),
    'cni-version: all that are known': async () =>
      expect(await anyConfigOf(['releases'])).toMatchObject({ query: { version: undefined } }),
    "plugins: the ledger's; where there is none, those that `install` installs by default": async () => {
      const { plugins } = (await configOf([])).wish;
      expect(await anyConfigOf(['verify'])).toMatchObject({ expected: { plugins, namedBy: undefined } });
    },
    'mode: 0755 for each': async () => {
      expect((await configOf([])).wish.modes.size).toBe(0);
      expect(pluginMode).toBe(0o755);
    },
    'sha256: the catalog': async () => expect((await configOf([])).trust.given.sha256).toEqual([]),
    'sha512: the catalog': async () => expect((await configOf([])).trust.given.sha512).toEqual([]),
    'state-dir: `.cni-plugins-installer` in the bin dir': async () => {
      const { stateDir } = (await configOf(['--cni-bin-dir', '/somewhere/else'])).node;
      expect(stateDir).toBe('/somewhere/else/.cni-plugins-installer');
    },
    'spare-store: none': async () => expect((await configOf([])).node.spareStore).toBeUndefined(),
    'every: once': async () =>
      expect(await anyConfigOf(['share-mounts'])).toMatchObject({ everyMs: undefined }),
    "cni-conf-dir: none: nothing of Multus' is touched": async () =>
      expect(await anyConfigOf(['uninstall'])).toMatchObject({ confDir: undefined }),
    'cni-conf-dir: none: Multus is not looked for': async () => {
      const told = { NODE_NAME: 'a', CNI_PLUGINS_NODE_CONDITION: 'true' };
      expect(await anyConfigOf(['watch'], told)).toMatchObject({ herald: { confDir: undefined } });
    },
    'nfd-features-dir: none': async () =>
      expect(await anyConfigOf(['watch'])).toMatchObject({ featuresDir: undefined }),
    'startup-taint: none': async () => {
      const told = { NODE_NAME: 'a', CNI_PLUGINS_NODE_CONDITION: 'true' };
      expect(await anyConfigOf(['watch'], told)).toMatchObject({ herald: { startupTaint: undefined } });
    },
    'from: the API server: in a pod by its own token, else by `kubectl`': async () =>
      expect(await anyConfigOf(['fleet'])).toMatchObject({ from: [] }),
    'context: the current one': async () =>
      expect(await anyConfigOf(['fleet'])).toMatchObject({ kubectl: { context: undefined } }),
    'kubeconfig: as kubectl finds it': async () =>
      expect(await anyConfigOf(['fleet'])).toMatchObject({ kubectl: { kubeconfig: undefined } }),
    "cluster-name: kubectl's context": async () =>
      expect(await anyConfigOf(['fleet'])).toMatchObject({ clusterName: undefined }),
    'to: the one before': async () =>
      expect(await anyConfigOf(['rollback'])).toMatchObject({ toGeneration: undefined }),
    'versions: newest in the catalog': async () =>
      expect(await anyConfigOf(['bundle', '--directory', '/b'])).toMatchObject({
        task: { versions: [newestVersion()] },
      }),
    'termination-log: `/dev/termination-log` where it exists': async () =>
      expect((await configOf([])).run.terminationLog).toBeUndefined(),
  };

  const inWords = verbNames.flatMap((verb) =>
    optionNames.flatMap((name) => {
      const { otherwise, verbs } = specOf(name, verb);
      return otherwise === undefined || !verbs.includes(verb) ? [] : [`${name}: ${otherwise}`];
    }),
  );

  it('has a promise that is kept, and no promise is without words', () => {
    expect(Object.keys(promises).toSorted()).toEqual([...new Set(inWords)].toSorted());
  });

  it.each(Object.entries(promises))('%s', async (_, keeps) => {
    expect.hasAssertions();
    await keeps();
  });
});

describe('precedence', () => {
  it('is flag, then environment, then default', async () => {
    const env = { CNI_PLUGINS_TIMEOUT: '10s' };
    expect((await configOf(['--timeout', '20s'], env)).run.timeoutMs).toBe(20_000);
    expect((await configOf([], env)).run.timeoutMs).toBe(10_000);
    expect((await configOf([], { CNI_PLUGINS_TIMEOUT: '' })).run.timeoutMs).toBe(300_000);
  });

  it('lets a flag turn off what the environment turns on', async () => {
    expect((await configOf(['--strict=false'], { CNI_PLUGINS_STRICT: 'yes' })).run.strict).toBe(false);
  });
});

describe('a version', () => {
  it.each(['v1.8.0', '1.8.0', ' 1.8.0 '])('%j is v1.8.0', async (text) => {
    expect((await configOf(['--cni-version', text])).wish.version).toBe('v1.8.0');
  });

  it('that the catalog does not know is accepted: its digest decides', async () => {
    expect((await configOf(['--cni-version', 'v9.9.9'])).wish.version).toBe('v9.9.9');
  });

  it.each([
    ['1.6.1', 'v1.6.1', 'take v1.6.2'],
    ['v1.7.0', 'v1.7.0', 'take v1.7.1'],
  ])('%s is refused with its reason and the one to take', async (text, version, hint) => {
    expect(await refusal(['--cni-version', text])).toMatchObject({
      kind: 'usage',
      code: 'refused-version',
      message: expect.stringContaining(version),
      hint,
    });
  });

  it.each(['latest', '1.9', 'v1.9.1/../..', '1.9.1+k3s1'])('%j is none', async (text) => {
    expect(await refusal(['--cni-version', text])).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(text),
    });
  });

  it('is taken from the name of a local archive when it was not given', async () => {
    const archive = ['--archive', '/a/cni-plugins-linux-amd64-v1.8.0.tgz'];
    expect((await configOf(archive)).wish.version).toBe('v1.8.0');
    expect((await configOf([...archive, '--cni-version', '1.9.1'])).wish.version).toBe('v1.9.1');
    expect((await configOf(['--archive', '/a/plugins.tgz'])).wish.version).toBe(newestVersion());
  });

  it('in the name of a local archive is refused like any other', async () => {
    expect(await refusal(['--archive', '/a/cni-plugins-linux-amd64-v1.6.1.tgz'])).toMatchObject({
      code: 'refused-version',
      hint: 'take v1.6.2',
    });
  });
});

describe('plugins', () => {
  it.each<[argv: string[], env: Environment, plugins: readonly string[] | 'all']>([
    [['--plugins', 'macvlan,bridge'], {}, ['bridge', 'macvlan']],
    [['--plugins', 'macvlan', '--plugins', 'bridge'], {}, ['bridge', 'macvlan']],
    [['--plugins', ' macvlan , bridge '], {}, ['bridge', 'macvlan']],
    [[], { CNI_PLUGINS: 'macvlan' }, ['macvlan']],
    [['--plugins', 'all'], {}, 'all'],
    [['--plugins', 'macvlan,all'], {}, 'all'],
    [['--plugins', 'macvlan,bridge'], { SKIP_CNI_BINARIES: 'bridge' }, ['macvlan']],
    [['--plugins', 'macvlan', '--skip', 'flannel'], {}, ['macvlan']],
  ])('of %j and %j are %j', async (argv, env, plugins) => {
    expect((await configOf(argv, env)).wish.plugins).toEqual(plugins);
  });

  it('that the release does not have are refused with the list of what it has', async () => {
    const error = await refusal(['--plugins', 'macvlan,macvlam,flannel']);
    expect(error).toMatchObject({ kind: 'usage', code: 'unknown-plugin' });
    expect(error.message).toMatch(/^--plugins names macvlam, flannel,/);
    for (const name of pluginsOf(newestVersion()) ?? []) expect(error.message).toContain(name);
  });

  it('that are misspelt are answered with those that were probably meant', async () => {
    expect((await refusal(['--plugins', 'macvlam,brigde'])).hint).toMatch(
      /^did you mean macvlan, bridge\? else /,
    );
    expect((await refusal(['--plugins', 'flannel'])).hint).not.toContain('did you mean');
  });

  it('are judged by the release that was asked for: flannel was in v0.9.1', async () => {
    expect((await configOf(['--plugins', 'flannel', '--cni-version', '0.9.1'])).wish.plugins).toEqual([
      'flannel',
    ]);
  });

  it('of an unknown release are not judged here: only its archive can tell', async () => {
    expect((await configOf(['--plugins', 'quantum', '--cni-version', '9.9.9'])).wish.plugins).toEqual([
      'quantum',
    ]);
  });

  it.each(['../macvlan', '.hidden', 'a/b', '/etc/passwd', 'mac vlan', '-rf', 'x'.repeat(65), 'käse'])(
    'may not be called %j: a name becomes a file name',
    async (name) => {
      const words = [`--plugins=${name}`, '--cni-version=9.9.9'];
      expect(await refusal(words)).toMatchObject({ kind: 'usage', code: 'bad-value' });
      expect(await refusal([`--skip=${name}`])).toMatchObject({ kind: 'usage', code: 'bad-value' });
    },
  );

  it('must leave something to install', async () => {
    expect(await refusal(['--plugins', 'macvlan', '--skip', 'macvlan'])).toMatchObject({
      code: 'nothing-wanted',
    });
  });
});

describe('what verify is told of the set', () => {
  it('has the names of the operator, or the usual ones and nobody who named them', async () => {
    expect(await anyConfigOf(['verify', '--plugins', 'vlan'])).toMatchObject({
      expected: { plugins: ['vlan'], namedBy: '--plugins', version: undefined },
    });
    expect(await anyConfigOf(['verify'])).toMatchObject({
      expected: { namedBy: undefined, version: undefined },
    });
  });

  it('is judged by the release that is told with it', async () => {
    const env = { CNI_PLUGINS: 'flannel,macvlan', CNI_PLUGINS_VERSION: 'v0.9.1' };
    expect(await anyConfigOf(['verify'], env)).toMatchObject({
      expected: { plugins: ['flannel', 'macvlan'], version: 'v0.9.1' },
    });
    expect(await refusal(['verify'], { ...env, CNI_PLUGINS_VERSION: 'v1.9.1' })).toMatchObject({
      code: 'unknown-plugin',
    });
  });

  it('is not judged by any release where none is told: the node has not been seen yet', async () => {
    expect(await anyConfigOf(['verify'], { CNI_PLUGINS: 'flannel' })).toMatchObject({
      expected: { plugins: ['flannel'] },
    });
  });
});

describe('what bundle is told', () => {
  it('is a directory to make or one to check, and never neither', async () => {
    expect(await anyConfigOf(['bundle', '--directory', '/b'])).toMatchObject({
      task: {
        do: 'make',
        directory: '/b',
        versions: [newestVersion()],
        platforms: [{ arch: 'amd64' }, { arch: 'arm64' }],
      },
    });
    expect(await anyConfigOf(['bundle', '--check', '/b'])).toMatchObject({
      task: { do: 'check', directory: '/b' },
    });
    expect(await refusal(['bundle'])).toMatchObject({ kind: 'usage', code: 'no-directory' });
  });

  it('has for each platform the digests that were given for it', async () => {
    const words = ['bundle', '--directory', '/b', '--sha256', `amd64=${hex.a},arm64=${hex.b}`];
    expect(await anyConfigOf(words)).toMatchObject({
      task: {
        platforms: [
          { arch: 'amd64', trust: { given: { sha256: [hex.a] } } },
          { arch: 'arm64', trust: { given: { sha256: [hex.b] } } },
        ],
      },
    });
    expect(await refusal(['bundle', '--directory', '/b', '--sha256', `amd64=${hex.a}`])).toMatchObject({
      code: 'digest-of-other-platforms',
      hint: 'add arm64=<hex>',
    });
    expect(await anyConfigOf([...words, '--check', '/b'])).toMatchObject({ task: { do: 'check' } });
  });

  it('is refused a release like any other verb, with its reason and the one to take', async () => {
    expect(await refusal(['bundle', '--directory=/b', '--versions=1.9.1,1.6.1'])).toMatchObject({
      code: 'refused-version',
      message: expect.stringMatching(/^--versions says v1\.6\.1/),
      hint: 'take v1.6.2',
    });
    expect(await refusal(['bundle', '--directory=/b', '--versions=latest'])).toMatchObject({
      code: 'bad-value',
      message: expect.stringContaining('"latest"'),
    });
  });
});

describe('digests', () => {
  it.each<[words: string[], sha256: string[]]>([
    [['--sha256', hex.a], [hex.a]],
    [['--sha256', hex.a.toUpperCase()], [hex.a]],
    [
      ['--sha256', `${hex.a},${hex.b}`],
      [hex.a, hex.b],
    ],
    [
      ['--sha256', hex.a, '--sha256', hex.b],
      [hex.a, hex.b],
    ],
    [['--sha256', `amd64=${hex.a},arm64=${hex.b}`], [hex.a]],
    [['--sha256', `arm64=${hex.b}`, '--sha256', `linux/amd64=${hex.a}`], [hex.a]],
    [
      ['--sha256', `amd64=${hex.a},amd64=${hex.b}`],
      [hex.a, hex.b],
    ],
  ])('of %j are those for this platform', async (words, sha256) => {
    expect((await configOf(words)).trust.given).toEqual({ sha256, sha512: [] });
  });

  it('may be of both kinds', async () => {
    expect((await configOf(['--sha256', hex.a, '--sha512', hex.long])).trust.given).toEqual({
      sha256: [hex.a],
      sha512: [hex.long],
    });
  });

  it('for other platforms alone are an error that names this one, and no reason to ask the catalog', async () => {
    expect(await refusal(['--sha256', `arm64=${hex.a},s390x=${hex.b}`])).toMatchObject({
      kind: 'usage',
      code: 'digest-of-other-platforms',
      message: expect.stringMatching(/arm64, s390x.*amd64/),
      hint: 'add amd64=<hex>',
    });
  });

  it.each(['abc', hex.long, `${hex.a}0`, 'g'.repeat(64), `amd64:${hex.a}`, `sha256:${hex.a}`])(
    'do not take %j for a SHA-256',
    async (text) => {
      expect(await refusal(['--sha256', text])).toMatchObject({
        kind: 'usage',
        message: expect.stringContaining('wanted 64 hex digits'),
      });
    },
  );
});

describe('mirrors', () => {
  it('end in a slash, so that what follows does not replace their last component', async () => {
    const { source } = await configOf(['--mirror', 'https://one.example/cni,file:///srv/cni/']);
    expect(source.mirrors.map(String)).toEqual(['https://one.example/cni/', 'file:///srv/cni/']);
  });

  it.each(['one.example/cni', 'ftp://one.example', 'C:\\cni', '//one.example'])(
    'are not %j',
    async (text) => {
      expect(await refusal(['--mirror', text])).toMatchObject({
        kind: 'usage',
        message: expect.stringContaining('http, https or file'),
      });
    },
  );

  it.each(['ftp://me:secret@one.example', 'https://me:secret@[broken', 'me:secret@one.example'])(
    'do not show the password of %j',
    async (text) => {
      const { message } = await refusal(['--mirror', text]);
      expect(message).not.toContain('secret');
    },
  );
});

describe('sharing', () => {
  it('is explicit when somebody asked for it in so many words', async () => {
    expect((await configOf(['--share-mounts', 'rshared'])).sharing.explicit).toBe(true);
    expect((await configOf([], { CNI_PLUGINS_SHARE_MOUNTS: 'targeted' })).sharing.explicit).toBe(true);
    expect(await anyConfigOf(['share-mounts'])).toMatchObject({ sharing: { explicit: true } });
  });

  it('takes absolute paths only', async () => {
    expect(await refusal(['--shared-path', '/a,b'])).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('"b"'),
    });
  });
});

describe('every value that does not parse', () => {
  it.each<[words: string[], env: Environment, by: string, wanted: string]>([
    [['--retries', '5x'], {}, '--retries', 'a whole number'],
    [[], { CNI_PLUGINS_RETRIES: '5x' }, 'CNI_PLUGINS_RETRIES', 'a whole number'],
    [['--timeout', '5'], {}, '--timeout', 'a duration'],
    [[], { CNI_PLUGINS_STRICT: 'maybe' }, 'CNI_PLUGINS_STRICT', 'true, yes, 1, false, no, 0'],
    [[], { CNI_PLUGINS_ON_CONFLICT: 'ask' }, 'CNI_PLUGINS_ON_CONFLICT', 'replace, keep, fail'],
    [['--log-format', 'xml'], {}, '--log-format', 'text, json'],
    [['--log-level', 'loud'], {}, '--log-level', 'debug, info, warn, error'],
    [['--share-mounts', 'true'], {}, '--share-mounts', 'rshared, targeted, off'],
    [['--output', 'yaml'], {}, '--output', 'text, json'],
  ])('%j %j is refused by the name %s, with what is wanted', async (words, env, by, wanted) => {
    const error = await refusal(words, env);
    expect(error.kind).toBe('usage');
    expect(error.message).toMatch(new RegExp(`^${by} is ".*wanted.*${wanted}`));
  });
});
