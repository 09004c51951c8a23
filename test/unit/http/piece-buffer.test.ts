// Memory that is read into: what is lent, for how long, and what is kept.

import { expect, test } from 'vitest';
import { PieceBuffer, pieceBufferBytes } from '../../../src/http/pieces/piece-buffer.ts';

/** As a connection reads. */
function read(pieces: PieceBuffer, text: string): void {
  pieces.room().set(Buffer.from(text));
  pieces.filled(text.length);
}

/** Fills the buffer, takes what is in it, and goes on to the other one. */
function fill(pieces: PieceBuffer, letter: string): Buffer {
  read(pieces, letter.repeat(pieces.room().length));
  expect(pieces.isFull).toBe(true);
  const piece = pieces.take();
  pieces.turn();
  return piece;
}

test('reads that came one behind the other are one piece, and each is taken once', () => {
  const pieces = new PieceBuffer();
  read(pieces, 'one');
  read(pieces, 'two');
  expect(pieces.take().toString()).toBe('onetwo');
  expect(pieces.take()).toHaveLength(0);
  read(pieces, 'three');
  expect(pieces.take().toString()).toBe('three');
});

test('taking a piece does not move the room: a connection may hold on to it', () => {
  const pieces = new PieceBuffer();
  read(pieces, 'one');
  const room = pieces.room();
  pieces.take();
  room.set(Buffer.from('two'));
  pieces.filled(3);
  expect(pieces.take().toString()).toBe('two');
});

test('a piece is lent until the other buffer is full, and then read over', () => {
  const pieces = new PieceBuffer();
  const first = fill(pieces, 'a');
  fill(pieces, 'b');
  expect(first.every((byte) => byte === 0x61)).toBe(true);
  expect(first).toHaveLength(pieceBufferBytes);
  fill(pieces, 'c');
  expect(first.every((byte) => byte === 0x63)).toBe(true);
});

test.for<[what: string, pieces: PieceBuffer, keepAt: 'once' | 'later' | 'never']>([
  ['that is kept', new PieceBuffer(), 'once'],
  ['that came before one that is kept', new PieceBuffer(), 'later'],
  ['of a Node that does not bear it', new PieceBuffer(false), 'never'],
])('a piece %s is never read over', ([, pieces, keepAt]) => {
  read(pieces, 'a');
  const first = pieces.take();
  if (keepAt === 'once') pieces.keep();
  fill(pieces, 'b');
  if (keepAt === 'later') pieces.keep();
  for (const letter of ['c', 'd', 'e']) fill(pieces, letter);
  expect(first.toString()).toBe('a');
});

test('in the end the memory is given back, but for what is kept', () => {
  const [pieces, keeping] = [new PieceBuffer(), new PieceBuffer()];
  const full = fill(pieces, 'a');
  read(pieces, 'b');
  const last = pieces.take();
  pieces.release();
  expect([full.length, last.length]).toEqual([0, 0]);

  read(keeping, 'kept');
  const kept = keeping.take();
  keeping.keep();
  keeping.release();
  expect(kept.toString()).toBe('kept');
});
