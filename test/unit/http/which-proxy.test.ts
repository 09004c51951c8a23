// Which URL goes through which proxy.

import { describe, expect, test } from 'vitest';
import { bypassesProxy, proxyFor } from '../../../src/http/proxy/which-proxy.ts';

const proxies = { https: 'http://secure-proxy:3128', http: 'plain-proxy:8080' };

test.each([
  ['https://mirror.example/x', 'http://secure-proxy:3128/'],
  ['http://mirror.example/x', 'http://plain-proxy:8080/'],
])('%s goes through %s', (url, expected) => {
  expect(proxyFor(new URL(url), proxies)?.href).toBe(expected);
});

test.each([
  {},
  { https: '' },
  { https: ' ' },
  { http: 'http://only-for-http:1' },
  { ...proxies, noProxy: '*' },
])('https goes direct with %j', (settings) => {
  expect(proxyFor(new URL('https://mirror.example/'), settings)).toBeUndefined();
});

describe('NO_PROXY', () => {
  test.each([
    ['*', 'http://anything.example/'],
    ['mirror.example', 'http://mirror.example/'],
    ['mirror.example', 'http://MIRROR.example./'],
    ['MIRROR.Example', 'https://mirror.example/'],
    ['mirror.example', 'http://deep.mirror.example/'],
    ['.example', 'http://mirror.example/'],
    ['.mirror.example', 'http://mirror.example/'],
    ['*.example', 'http://mirror.example/'],
    ['example.', 'http://mirror.example/'],
    ['a.example,mirror.example', 'http://mirror.example/'],
    ['a.example mirror.example', 'http://mirror.example/'],
    [' a.example , mirror.example ', 'http://mirror.example/'],
    ['mirror.example:8080', 'http://mirror.example:8080/'],
    ['mirror.example:443', 'https://mirror.example/'],
    ['mirror.example:80', 'http://mirror.example/'],
    ['10.1.2.3', 'http://10.1.2.3/'],
    ['10.1.2.3:8080', 'http://10.1.2.3:8080/'],
    ['10.0.0.0/8', 'http://10.1.2.3/'],
    ['0.0.0.0/0', 'http://10.1.2.3/'],
    ['10.1.2.3/32', 'http://10.1.2.3:9/'],
    ['::1', 'http://[::1]/'],
    ['[::1]', 'http://[::1]/'],
    ['[::1]:8080', 'http://[::1]:8080/'],
    ['fd00::/8', 'https://[fd12:3456::1]/'],
    ['FD12:3456:0::1', 'https://[fd12:3456::1]/'],
  ])('%j leads %s around the proxy', (noProxy, url) => {
    expect(bypassesProxy(new URL(url), noProxy)).toBe(true);
  });

  test.each([
    [undefined, 'http://mirror.example/'],
    ['', 'http://mirror.example/'],
    [' , ', 'http://mirror.example/'],
    ['.', 'http://mirror.example/'],
    ['mirror.example', 'http://badmirror.example/'],
    ['mirror.example', 'http://mirror.example.org/'],
    ['mirror.example:8080', 'http://mirror.example/'],
    ['10.1.2.3', 'http://10.1.2.30/'],
    ['10.0.0.0/8', 'http://11.1.2.3/'],
    ['10.0.0.0/8', 'http://10.example/'],
    ['10.0.0.0/33', 'http://10.1.2.3/'],
    ['10.0.0.0/', 'http://10.1.2.3/'],
    ['10.0.0.0/x', 'http://10.1.2.3/'],
    ['0.3', 'http://10.1.0.3/'],
    ['fd00::/8', 'https://[fe80::1]/'],
    ['[::1]:8080', 'http://[::1]/'],
  ])('%j does not lead %s around the proxy', (noProxy, url) => {
    expect(bypassesProxy(new URL(url), noProxy)).toBe(false);
  });
});
