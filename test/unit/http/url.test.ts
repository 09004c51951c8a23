// What people may see of a URL, and where its credentials may go.

import { describe, expect, test } from 'vitest';
import { basicCredentials, mayShareCredentials, redactUrl } from '../../../src/http/url.ts';

describe('a URL as people see it', () => {
  test.each([
    ['https://mirror.example/v1/a.tgz', 'https://mirror.example/v1/a.tgz'],
    ['https://user:pa55@mirror.example:8443/a', 'https://***@mirror.example:8443/a'],
    ['https://user@mirror.example/a', 'https://***@mirror.example/a'],
    ['https://:pa55@mirror.example/a', 'https://***@mirror.example/a'],
    ['https://m.example/a?x=1&X-Amz-Signature=pa55', 'https://m.example/a?x=1&X-Amz-Signature=***'],
    ['https://m.example/a?X-Amz-Credential=pa55', 'https://m.example/a?X-Amz-Credential=***'],
    ['https://m.example/a?sv=1&sig=pa55', 'https://m.example/a?sv=1&sig=***'],
    ['https://m.example/a?access_token=pa55', 'https://m.example/a?access_token=***'],
    ['https://m.example/a?api-key=pa55', 'https://m.example/a?api-key=***'],
    ['https://m.example/a#pa55', 'https://m.example/a'],
    ['http://us er:pa55@host:99999/x', 'http://***@host:99999/x'],
    ['http://user:pa/55@host:99999', 'http://***@host:99999'],
    ['user:pa55@', '***@'],
  ])('%s is %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});

describe('Basic credentials', () => {
  test.each([
    ['http://host/', undefined],
    ['http://user@host/', 'user:'],
    ['http://user:word@host/', 'user:word'],
    ['http://user:p%40ss%2F@host/', 'user:p@ss/'],
    ['http://user:100%@host/', 'user:100%'],
    ['http://user:100%%2F@host/', 'user:100%/'],
    ['http://us%C3%A9r:word@host/', 'usér:word'],
  ])('of %s are %j', (url, pair) => {
    const expected = pair && `Basic ${Buffer.from(pair).toString('base64')}`;
    expect(basicCredentials(new URL(url))).toBe(expected);
  });
});

describe('credentials', () => {
  test.each([
    ['https://a.example/x', 'https://a.example/y', true],
    ['https://a.example/x', 'https://a.example:443/y', true],
    ['http://a.example/x', 'https://a.example/y', true],
    ['https://a.example/x', 'http://a.example/y', false],
    ['https://a.example/x', 'https://b.example/y', false],
    ['https://a.example/x', 'https://sub.a.example/y', false],
    ['https://a.example/x', 'https://a.example:8443/y', false],
    ['http://a.example:8080/x', 'https://a.example/y', false],
    ['http://a.example/x', 'https://a.example:8443/y', false],
  ])('for %s may go to %s: %j', (from, to, expected) => {
    expect(mayShareCredentials(new URL(from), new URL(to))).toBe(expected);
  });
});
