// Promises of reading the command line over the environment: what was given, by which name, and what is refused.

import { describe, expect, it } from 'vitest';
import { readRequest } from '../../../src/arguments/command-line.ts';
import type { Environment } from '../../../src/arguments/environment.ts';
import type { Failure } from '../../../src/failure/failure.ts';
import { optionNames, type Options, specOf, verbNames } from '../../../src/arguments/options.ts';

async function optionsOf(argv: readonly string[], env: Environment = {}): Promise<Options> {
  const request = await readRequest(argv, env);
  if (request.ask !== 'run') throw new Error(`it asks for ${request.ask}`);
  return request.options;
}

async function givenOf(argv: readonly string[], env: Environment = {}): Promise<Options['given']> {
  return (await optionsOf(argv, env)).given;
}

async function refusal(argv: readonly string[], env: Environment = {}): Promise<Failure> {
  try {
    await readRequest(argv, env);
  } catch (error) {
    return error as Failure;
  }
  throw new Error('it was accepted');
}

describe('the verb', () => {
  it.each<[argv: string[], verb: string]>([
    [[], 'install'],
    [['install'], 'install'],
    [['--strict'], 'install'],
    [['share-mounts'], 'share-mounts'],
    [['--timeout', '5s', 'share-mounts'], 'share-mounts'],
  ])('of %j is %s', async (argv, verb) => {
    expect((await optionsOf(argv)).verb).toBe(verb);
  });

  it('that is unknown is refused with the list of those there are', async () => {
    const error = await refusal(['upgrade']);
    expect(error).toMatchObject({ kind: 'usage', code: 'unknown-verb' });
    for (const verb of verbNames) expect(error.message).toContain(verb);
  });

  it('takes no further word', async () => {
    expect(await refusal(['install', 'macvlan'])).toMatchObject({ code: 'stray-word' });
  });
});

describe('a question', () => {
  it.each<[argv: string[], ask: string, verb: string | undefined]>([
    [['--help'], 'help', undefined],
    [['help'], 'help', undefined],
    [['share-mounts', '--help'], 'help', 'share-mounts'],
    [['--help', 'share-mounts'], 'help', 'share-mounts'],
    [['help', 'share-mounts'], 'help', 'share-mounts'],
    [['install', '--strict', '--help'], 'help', 'install'],
    [['--nonsense', '--help'], 'help', undefined],
    [['--version'], 'version', undefined],
  ])('%j asks for %s of %s', async (argv, ask, verb) => {
    expect(await readRequest(argv, {})).toEqual({ ask, verb });
  });

  it.each([[['--version', '1.9.1']], [['--version=1.9.1']], [['install', '--version', 'v1.9.1']]])(
    'with a value is none, but a release that somebody wants: %j',
    async (argv) => {
      expect(await refusal(argv)).toMatchObject({
        code: 'stray-word',
        message: expect.stringMatching(/^--version .*1\.9\.1/),
        hint: expect.stringContaining('--cni-version'),
      });
    },
  );

  it('about a verb that is not there is refused', async () => {
    expect(await refusal(['help', 'instal'])).toMatchObject({ code: 'unknown-verb' });
    expect(await refusal(['instal', '--help'])).toMatchObject({ code: 'unknown-verb' });
    expect(await refusal(['help', 'install', 'verify'])).toMatchObject({ code: 'stray-word' });
  });
});

describe('a misspelt word', () => {
  it.each<[argv: string[], meant: string]>([
    [['instal'], 'install'],
    [['unistall'], 'uninstall'],
    [['sharemounts'], 'share-mounts'],
    [['rolback'], 'rollback'],
    [['--plugin', 'macvlan'], '--plugins'],
    [['--cniVersion=1.9.1'], '--cni-version'],
    [['--proc', '/host/proc'], '--host-proc'],
    [['--drry-run'], '--dry-run'],
    [['releases', '--for-kubernete=1.34'], '--for-kubernetes'],
  ])('of %j is answered with %s', async (argv, meant) => {
    expect((await refusal(argv)).hint).toMatch(new RegExp(`^did you mean ${meant}\\? else run with --help`));
  });

  it('is taken for an option of another verb only where its own has none', async () => {
    expect((await refusal(['verify', '--archve=/a'])).hint).toContain('did you mean --archive?');
    expect((await refusal(['bundle', '--versoins=1'])).hint).toContain('did you mean --versions?');
    expect((await refusal(['install', '--versoins=1'])).hint).toContain('did you mean --versions?');
  });

  it.each([[['upgrade']], [['--quantum']], [['-p']]])(
    'that is like no other is not guessed at: %j',
    async (argv) => {
      expect((await refusal(argv)).hint).not.toContain('did you mean');
    },
  );
});

describe('a value', () => {
  it.each<[argv: string[], values: string[]]>([
    [['--cni-version', '1.10'], ['1.10']],
    [['--cni-version=1.10'], ['1.10']],
    [['--cni-version', '0x10'], ['0x10']],
    [['--cni-version=1.9.1=x'], ['1.9.1=x']],
  ])('stays the text that was written: %j', async (argv, values) => {
    expect(await givenOf(argv)).toEqual({ 'cni-version': { values, by: '--cni-version' } });
  });

  it.each<[argv: string[], values: string[]]>([
    [
      ['--plugins', 'a,b', '--plugins', 'c'],
      ['a,b', 'c'],
    ],
    [
      ['--plugins=a', '--plugins=b'],
      ['a', 'b'],
    ],
  ])('of a list may be repeated: %j', async (argv, values) => {
    expect((await givenOf(argv)).plugins?.values).toEqual(values);
  });

  it('of a list does not swallow the verb behind it', async () => {
    expect(await optionsOf(['--plugins', 'macvlan', 'install'])).toMatchObject({
      verb: 'install',
      given: { plugins: { values: ['macvlan'] } },
    });
  });

  it.each(optionNames.filter((name) => specOf(name).kind !== 'list'))(
    'of --%s may not be given twice',
    async (name) => {
      const [verb = 'install'] = specOf(name).verbs;
      expect(await refusal([verb, `--${name}=1`, `--${name}=2`])).toMatchObject({
        kind: 'usage',
        code: 'given-twice',
        message: expect.stringMatching(`^--${name} was given 2 times`),
      });
    },
  );

  it.each([[['--retries=']], [['--retries', '']], [['--retries']], [['--plugins=']]])(
    'that is missing is refused: %j',
    async (argv) => {
      expect(await refusal(argv)).toMatchObject({ kind: 'usage', code: 'empty-value' });
    },
  );

  it('that begins with a dash is taken with an equals sign', async () => {
    expect((await givenOf(['--retries=-1'])).retries?.values).toEqual(['-1']);
  });
});

describe('a boolean flag', () => {
  it.each<[argv: string[], value: string]>([
    [['--strict'], 'true'],
    [['--strict=true'], 'true'],
    [['--strict', 'true'], 'true'],
    [['--strict', 'YES'], 'YES'],
    [['--strict=no'], 'no'],
    [['--strict', '0'], '0'],
    [['--strict', '--dry-run'], 'true'],
    [['--strict=maybe'], 'maybe'],
  ])('is read from %j as %s', async (argv, value) => {
    expect((await givenOf(argv)).strict?.values).toEqual([value]);
  });

  it('does not swallow the verb behind it', async () => {
    expect(await optionsOf(['--strict', 'install'])).toMatchObject({
      verb: 'install',
      given: { strict: { values: ['true'] } },
    });
  });

  it.each([
    [['--strict', '--strict']],
    [['--strict', 'no', '--strict']],
    [['--strict=true', '--strict=false']],
  ])('is refused when given twice: %j', async (argv) => {
    expect(await refusal(argv)).toMatchObject({ code: 'given-twice' });
  });

  it.each(['--no-strict', '--strict-mode', '--Strict'])('has no other spelling: %s', async (word) => {
    expect(await refusal([word])).toMatchObject({ code: 'unknown-option' });
  });
});

describe('an unknown flag', () => {
  it.each([
    ['--plugin', '--plugin'],
    ['--cniVersion=1', '--cniVersion'],
    ['--node.binDir=x', '--node.binDir'],
    ['-p', '-p'],
    ['--constructor=x', '--constructor'],
  ])('%s is refused by name', async (word, name) => {
    expect(await refusal([word])).toMatchObject({
      kind: 'usage',
      code: 'unknown-option',
      message: `unknown option ${name}`,
    });
  });

  it('is refused also where it would be no name of an ordinary object', async () => {
    expect(await refusal(['--__proto__=x'])).toMatchObject({ kind: 'usage', code: 'unknown-option' });
  });

  it('that concerns another verb is refused, naming the verbs it belongs to', async () => {
    expect(await refusal(['share-mounts', '--plugins', 'macvlan'])).toMatchObject({
      kind: 'usage',
      code: 'option-of-another-verb',
      message: expect.stringMatching(/^--plugins does not concern share-mounts.*install/),
    });
  });
});

describe('the environment', () => {
  it('is read by the names of the table', async () => {
    expect(await givenOf([], { CNI_PLUGINS_RETRIES: '3', CNI_PLUGINS: 'macvlan,bridge' })).toEqual({
      retries: { values: ['3'], by: 'CNI_PLUGINS_RETRIES' },
      plugins: { values: ['macvlan,bridge'], by: 'CNI_PLUGINS' },
    });
  });

  it('gives way to a flag', async () => {
    expect((await givenOf(['--retries', '1'], { CNI_PLUGINS_RETRIES: '3' })).retries).toEqual({
      values: ['1'],
      by: '--retries',
    });
  });

  it.each(['', ' ', '\t\n'])('counts a variable that is %j as unset', async (value) => {
    expect(await givenOf([], { CNI_PLUGINS_VERSION: value, UPDATE_CNI_BINARIES: value })).toEqual({});
  });

  it('leaves alone what Kubernetes injects for a Service of a matching name', async () => {
    expect(
      await givenOf([], {
        CNI_PLUGINS_SERVICE_HOST: '10.0.0.1',
        CNI_PLUGINS_SERVICE_PORT: '443',
        CNI_PLUGINS_PORT: 'tcp://10.0.0.1:443',
        CNI_PLUGINS_PORT_443_TCP: 'tcp://10.0.0.1:443',
        CNI_PLUGINS_UNHEARD_OF: 'x',
      }),
    ).toEqual({});
  });

  it('does not bring options of other verbs into this one', async () => {
    expect(await givenOf(['share-mounts'], { CNI_PLUGINS: 'macvlan', UPDATE_CNI_BINARIES: 'false' })).toEqual(
      {},
    );
  });
});

describe('names of other charts', () => {
  it('SKIP_CNI_BINARIES is what to leave out', async () => {
    expect((await givenOf([], { SKIP_CNI_BINARIES: 'bridge,portmap' })).skip).toEqual({
      values: ['bridge,portmap'],
      by: 'SKIP_CNI_BINARIES',
    });
  });

  it.each(['false', 'FALSE', 'no', '0'])('UPDATE_CNI_BINARIES=%s means keep', async (value) => {
    expect((await givenOf([], { UPDATE_CNI_BINARIES: value }))['on-conflict']?.values).toEqual(['keep']);
  });

  it('UPDATE_CNI_BINARIES=true means nothing of its own', async () => {
    expect(await givenOf([], { UPDATE_CNI_BINARIES: 'true' })).toEqual({});
  });

  it('UPDATE_CNI_BINARIES gives way to our own names', async () => {
    const env = { UPDATE_CNI_BINARIES: 'false', CNI_PLUGINS_ON_CONFLICT: 'fail' };
    expect((await givenOf([], env))['on-conflict']?.values).toEqual(['fail']);
    expect((await givenOf(['--on-conflict=replace'], env))['on-conflict']?.values).toEqual(['replace']);
  });

  it('UPDATE_CNI_BINARIES with an unknown word is refused by its name', async () => {
    expect(await refusal([], { UPDATE_CNI_BINARIES: 'never' })).toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/^UPDATE_CNI_BINARIES is "never"/),
    });
  });
});
