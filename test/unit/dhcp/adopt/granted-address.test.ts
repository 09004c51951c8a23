// Promise: what the real daemon replies to its plugin is understood, and what is no such reply is no address.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeGob } from '../../../../src/dhcp/adopt/gob.ts';
import { grantedAddress } from '../../../../src/dhcp/adopt/granted-address.ts';

const head = Buffer.from('HTTP/1.0 200 Connected to Go RPC\n\n');

/** As v1.9.1 said them, after its head: a lease, and an interface that is not there. */
const granted = Buffer.from(
  'OX8DAQEIUmVzcG9uc2UB/4AAAQMBDVNlcnZpY2VNZXRob2QBDAABA1NlcQEGAAEFRXJyb3IBDAAAABL/gAENREhDUC5BbGxvY2F0ZQBR/4EDAQEGUmVzdWx0Af+CAAEFAQpDTklWZXJzaW9uAQwAAQpJbnRlcmZhY2VzAf+GAAEDSVBzAf+MAAEGUm91dGVzAf+QAAEDRE5TAf+SAAAAJP+FAgEBFVtdKnR5cGVzMTAwLkludGVyZmFjZQH/hgAB/4QAAEr/gwMBAv+EAAEGAQROYW1lAQwAAQNNYWMBDAABA010dQEEAAEHU2FuZGJveAEMAAEKU29ja2V0UGF0aAEMAAEFUGNpSUQBDAAAACP/iwIBARRbXSp0eXBlczEwMC5JUENvbmZpZwH/jAAB/4gAADP/hwMBAv+IAAEDAQlJbnRlcmZhY2UBBAABB0FkZHJlc3MB/4oAAQdHYXRld2F5AQoAAAAj/4kDAQEFSVBOZXQB/4oAAQIBAklQAQoAAQRNYXNrAQoAAAAd/48CAQEOW10qdHlwZXMuUm91dGUB/5AAAf+OAABQ/40DAQL/jgABBwEDRHN0Af+KAAECR1cBCgABA01UVQEEAAEGQWR2TVNTAQQAAQhQcmlvcml0eQEEAAEFVGFibGUBBAABBVNjb3BlAQQAAABG/5EDAQEDRE5TAf+SAAEEAQtOYW1lc2VydmVycwH/lAABBkRvbWFpbgEMAAEGU2VhcmNoAf+UAAEHT3B0aW9ucwH/lAAAABb/kwIBAQhbXXN0cmluZwH/lAABDAAAM/+CAwECAQQKYwCjAQT///8AAAEECmMAAQABAQEBBAAAAAABBAAAAAAAAQQKYwABAAEAAA==',
  'base64',
);
const refused = Buffer.from(
  'OX8DAQEIUmVzcG9uc2UB/4AAAQMBDVNlcnZpY2VNZXRob2QBDAABA1NlcQEGAAEFRXJyb3IBDAAAADv/gAENREhDUC5BbGxvY2F0ZQInZXJyb3IgbG9va2luZyB1cCAiZXRoNyI6IExpbmsgbm90IGZvdW5kAAr/lQMBAv+WAAAAA/+WAA==',
  'base64',
);

describe('the reply of the real daemon', () => {
  it('has the address that the server has granted', () => {
    expect(grantedAddress(Buffer.concat([head, granted]))).toBe('10.99.0.163');
  });

  it('has none where there is no lease', () => {
    expect(grantedAddress(Buffer.concat([head, refused]))).toBeUndefined();
  });

  it('is read whole, whatever is in it', () => {
    const route = { Dst: { IP: Buffer.alloc(4), Mask: Buffer.alloc(4) }, GW: Buffer.from([10, 99, 0, 1]) };
    const address = { IP: Buffer.from([10, 99, 0, 163]), Mask: Buffer.from([255, 255, 255, 0]) };
    expect(decodeGob(granted)).toEqual([
      { ServiceMethod: 'DHCP.Allocate' },
      { IPs: [{ Address: address, Gateway: Buffer.from([10, 99, 0, 1]) }], Routes: [route], DNS: {} },
    ]);
    expect(decodeGob(refused)[0]).toEqual({
      ServiceMethod: 'DHCP.Allocate',
      Error: 'error looking up "eth7": Link not found',
    });
  });
});

describe('what is no such reply', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another answer', Buffer.from('HTTP/1.1 404 Not Found\r\n\r\nno')],
    ['a head alone', head],
  ])('%s has no address', (_what, reply) => {
    expect(grantedAddress(reply)).toBeUndefined();
  });

  it('cut anywhere, or with a byte changed, is no error', () => {
    const reply = Buffer.concat([head, granted]);
    fc.assert(
      fc.property(fc.nat(reply.length - 1), fc.nat(255), (at, byte) => {
        expect(() => grantedAddress(reply.subarray(0, at))).not.toThrow();
        const changed = Buffer.from(reply);
        changed[at] = byte;
        expect(() => grantedAddress(changed)).not.toThrow();
      }),
      { numRuns: 3000 },
    );
  });

  it('of any bytes is no error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => grantedAddress(Buffer.concat([head, bytes]))).not.toThrow();
      }),
    );
  });
});
