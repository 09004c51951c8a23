// What is made of the errors of the network, and what is left alone as a bug.

import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure/failure.ts';
import { DialError } from '../../../src/http/proxy/proxy-error.ts';
import { AttemptFailure, networkFault, statusFault } from '../../../src/http/fault.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`what node says about ${code}`), { code });
}

describe('an error of the network', () => {
  test.each([
    ['ENOTFOUND', 'dns', true],
    ['EAI_AGAIN', 'dns', true],
    ['ECONNREFUSED', 'refused', true],
    ['ECONNRESET', 'reset', true],
    ['ETIMEDOUT', 'network', true],
    ['EHOSTUNREACH', 'network', true],
    ['HPE_INVALID_CONSTANT', 'network', true],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-unknown-authority', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-unknown-authority', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-self-signed', false],
    ['CERT_HAS_EXPIRED', 'tls-expired', false],
    ['CERT_NOT_YET_VALID', 'tls-expired', false],
  ])('%s is %s, tried again: %j', (errno, code, retriable) => {
    const fault = networkFault(systemError(errno), 0);

    expect(fault).toMatchObject({ code, retriable });
    expect(fault?.found).toContain(errno);
  });

  test('on the way to the proxy names the proxy without its credentials', () => {
    const proxy = new URL('http://user:pa55@proxy.example:3128');
    const fault = networkFault(new DialError(proxy, systemError('ENOTFOUND')), 0);

    expect(fault).toMatchObject({ code: 'dns', retriable: true });
    expect(fault?.found).toContain('proxy.example:3128');
    expect(fault?.found).not.toContain('pa55');
  });
});

test.each([
  new Error('no code'),
  Object.assign(new TypeError('wrong argument'), { code: 'ERR_INVALID_ARG_TYPE' }),
  new Failure('node-no-space', { message: 'the disk is full' }),
  'a string',
  undefined,
])('%j is no fault of the network', (error) => {
  expect(networkFault(error, 0)).toBeUndefined();
});

test('the status text of a server can neither break a line nor flood a message', () => {
  const head = {
    status: 502,
    statusText: `Bad\r\nGateway\u001b[31m${'x'.repeat(500)}`,
    header: () => undefined,
  };
  const sought = { url: new URL('https://mirror.example/x'), what: 'the list of pods' };
  const failure = new AttemptFailure(sought, statusFault(head, 0));

  expect(failure.message).toContain('wanted the list of pods, found HTTP 502');
  expect(failure.message).not.toMatch(/[^\u0020-\u007e]/);
  expect(failure.message.length).toBeLessThan(200);
});
