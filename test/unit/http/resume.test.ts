// What an answer means, given what was asked.

import { describe, expect, test } from 'vitest';
import {
  type Resumption,
  judgeAnswer,
  parseContentRange,
  resumptionHeaders,
} from '../../../src/http/resume.ts';

const of = {
  etag: '"first"',
  lastModified: 'Wed, 01 Jan 2025 00:00:00 GMT',
  totalBytes: 200,
  contentType: undefined,
};
const asked: Resumption = { from: 100, of };

function head(status: number, headers: Readonly<Record<string, string>> = {}) {
  return { status, statusText: '', header: (name: string) => headers[name] };
}

describe('the request for the rest', () => {
  test('names the strong ETag first, else Last-Modified', () => {
    expect(resumptionHeaders(asked)).toEqual({ range: 'bytes=100-', 'if-range': '"first"' });
    const weak = { ...of, etag: 'W/"first"' };
    expect(resumptionHeaders({ from: 100, of: weak })?.['if-range']).toBe(of.lastModified);
  });

  test.each([
    ['nothing is there', 0, of],
    ['all is there', 200, of],
    ['more than all is there', 201, of],
    ['there is no validator', 100, { ...of, etag: undefined, lastModified: undefined }],
    ['the validator is weak', 100, { ...of, etag: 'W/"x"', lastModified: undefined }],
    ['the ETag is malformed', 100, { ...of, etag: 'first', lastModified: undefined }],
  ])('is not made when %s', (_when, from, representation) => {
    expect(resumptionHeaders({ from, of: representation })).toBeUndefined();
  });
});

describe('Content-Range', () => {
  test.each([
    ['bytes 100-199/200', { first: 100, last: 199, total: 200 }],
    ['bytes 0-0/1', { first: 0, last: 0, total: 1 }],
    ['Bytes 100-199/*', { first: 100, last: 199, total: undefined }],
  ])('%j is understood', (value, expected) => {
    expect(parseContentRange(value)).toEqual(expected);
  });

  test.each([
    undefined,
    '',
    'bytes */200',
    'bytes 199-100/200',
    'bytes 100-200/200',
    'bytes 100-/200',
    'bytes -1-5/200',
    'items 100-199/200',
    'bytes 100-199/200, bytes 1-2/3',
    'bytes 100-199',
  ])('%j is not', (value) => {
    expect(parseContentRange(value)).toBeUndefined();
  });
});

describe('an answer', () => {
  test('200 is the whole, asked for or not', () => {
    const answer = head(200, { etag: '"now"', 'content-length': '200' });
    const whole = {
      kind: 'whole',
      representation: { etag: '"now"', lastModified: undefined, totalBytes: 200 },
    };

    expect(judgeAnswer(answer, undefined)).toEqual(whole);
    expect(judgeAnswer(answer, asked)).toEqual(whole);
  });

  test.each([
    [{ 'content-range': 'bytes 100-199/200', etag: '"first"' }],
    [{ 'content-range': 'bytes 100-199/200' }],
    [{ 'content-range': 'bytes 100-199/*' }],
    // A server may send less than was asked for; the rest is then still missing.
    [{ 'content-range': 'bytes 100-149/200' }],
  ])('206 with %j is the rest', (headers) => {
    expect(judgeAnswer(head(206, headers), asked)).toEqual({ kind: 'rest', totalBytes: 200 });
  });

  test.each([
    ['no range', {}],
    ['several ranges', { 'content-type': 'multipart/byteranges; boundary=x' }],
    ['an earlier start', { 'content-range': 'bytes 0-199/200' }],
    ['a later start', { 'content-range': 'bytes 101-199/200' }],
    ['another size', { 'content-range': 'bytes 100-299/300' }],
    ['another ETag', { 'content-range': 'bytes 100-199/200', etag: '"second"' }],
    [
      'another date',
      { 'content-range': 'bytes 100-199/200', 'last-modified': 'Thu, 02 Jan 2025 00:00:00 GMT' },
    ],
  ])('206 with %s means to start over', (_what, headers) => {
    expect(judgeAnswer(head(206, headers), asked).kind).toBe('start-over');
  });

  test('416 means to start over', () => {
    expect(judgeAnswer(head(416, { 'content-range': 'bytes */200' }), asked).kind).toBe('start-over');
  });

  test.each([
    [206, undefined],
    [416, undefined],
    [204, asked],
    [304, asked],
    [404, asked],
    [503, asked],
  ])('%i brings no archive (asked for the rest: %j)', (status, resumption) => {
    expect(judgeAnswer(head(status), resumption).kind).toBe('nothing');
  });
});
