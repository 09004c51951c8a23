// What a registry asks for, and what a docker config.json has to show: by the forms that both have in the field.

import { describe, expect, it } from 'vitest';
import { challengesIn } from '../../../src/http/registry/challenge.ts';
import { dockerConfigIn, entryFor } from '../../../src/http/registry/docker-config.ts';

describe('challengesIn', () => {
  it.each([
    ['nothing', undefined, []],
    ['a bare scheme', 'Negotiate', [{ scheme: 'negotiate', parameters: {} }]],
    ['Basic', 'Basic realm="Registry Realm"', [{ scheme: 'basic', parameters: { realm: 'Registry Realm' } }]],
    [
      'Bearer, with a comma and an equals sign within quotes',
      'Bearer realm="https://auth.example/token?a=b",service="reg",scope="repository:x/y:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://auth.example/token?a=b',
            service: 'reg',
            scope: 'repository:x/y:pull,push',
          },
        },
      ],
    ],
    [
      'two in one header, the names in capitals, a quote within quotes',
      'BASIC Realm="a \\"b\\"", Bearer realm=https://auth.example/,service=reg',
      [
        { scheme: 'basic', parameters: { realm: 'a "b"' } },
        { scheme: 'bearer', parameters: { realm: 'https://auth.example/', service: 'reg' } },
      ],
    ],
  ])('reads %s', (_what, header, challenges) => {
    expect(challengesIn(header)).toEqual(challenges);
  });
});

const user = { kind: 'credentials', credentials: { kind: 'password', user: 'u', password: 'p:q' } };
const pair = { auth: btoa('u:p:q') };
const tls = new URL('https://reg.example');
const otherPort = new URL('https://reg.example:5000');

function entry(config: object, registry = tls, repository = 'team/cni') {
  const known = dockerConfigIn(JSON.stringify(config));
  if (known === undefined) throw new Error('it is none');
  return entryFor(known, registry, repository);
}

describe('entryFor', () => {
  it.each([
    ['reg.example', tls],
    ['reg.example:443', tls],
    ['https://reg.example/v1/', tls],
    ['https://reg.example/v2/', tls],
    ['reg.example/team', tls],
    ['reg.example/team/cni', tls],
    ['reg.example:5000', otherPort],
    ['http://reg.example:5000', otherPort],
  ])('finds %s', (key, registry) => {
    expect(entry({ auths: { [key]: pair } }, registry)).toEqual(user);
  });

  it.each([
    ['another host', { auths: { 'reg.example.org': pair } }, tls],
    ['another port', { auths: { 'reg.example': pair } }, otherPort],
    ['another path', { auths: { 'reg.example/tea': pair } }, tls],
    ['an entry without credentials', { auths: { 'reg.example': {} } }, tls],
    ['what has no colon', { auths: { 'reg.example': { auth: btoa('u') } } }, tls],
    ['nothing', {}, tls],
  ])('does not take %s', (_what, config, registry) => {
    expect(entry(config, registry)).toEqual({ kind: 'none' });
  });

  it('takes the key that says most', () => {
    const found = entry({ auths: { 'reg.example': { auth: btoa('x:y') }, 'reg.example/team': pair } });

    expect(found).toEqual(user);
  });

  it.each([
    [
      { identitytoken: 'i', ...pair },
      { kind: 'identity-token', token: 'i' },
    ],
    [
      { registrytoken: 'r', identitytoken: 'i' },
      { kind: 'registry-token', token: 'r' },
    ],
    [{ username: 'u', password: 'p:q' }, user.credentials],
  ])('knows each form: %j', (auth, credentials) => {
    expect(entry({ auths: { 'reg.example': auth } })).toEqual({ kind: 'credentials', credentials });
  });

  it.each([
    { credHelpers: { 'reg.example': 'ecr-login' } },
    { auths: { 'reg.example': {} }, credsStore: 'desktop' },
  ])('says where a helper has them: %j', (config) => {
    expect(entry(config)).toEqual({ kind: 'helper' });
  });
});

it.each(['', 'x', '[]', '{"auths":{"reg":{"auth":1}}}'])('%s is no docker config', (text) => {
  expect(dockerConfigIn(text)).toBeUndefined();
});
