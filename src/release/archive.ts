// Reading a release archive: only the plugins that were asked for, nothing else of it is honoured.

import { readSync } from 'node:fs';
import type { ReadEntry } from 'tar';
import { Parser } from 'tar/parse';
import type { CodeOf } from '../failure/codes.ts';
import { didYouMean } from '../failure/did-you-mean.ts';
import { Failure } from '../failure/failure.ts';
import { gunzip, GunzipError } from '../lib/inflate/gunzip.ts';
import { giveBack } from '../lib/memory/spent-buffers.ts';
import { nearestEach } from '../lib/text/nearest.ts';
import { classOf, plainName } from './archive-entry.ts';
import { TarBlocks } from './tar-blocks.ts';

/** Takes one plugin's bytes. Calls are synchronous, so nothing piles up in memory. */
export interface EntrySink {
  readonly write: (bytes: Uint8Array) => void;
  readonly finish: () => void;
}

export interface ReadingRequest {
  /** Open for reading; the descriptor whose bytes were verified, so that no other file can have taken its place. */
  readonly fd: number;
  /** The name to blame in messages. */
  readonly origin: string;
  /** Names that are wanted, or everything that looks like a plugin. */
  readonly wanted: ReadonlySet<string> | 'all';
  /** The plugins that are in it, each once, where that is known without reading it. */
  readonly contents?: readonly string[] | undefined;
  /** Called at the beginning of each wanted plugin, with its declared size in bytes. What it throws ends the reading. */
  readonly begin: (name: string, size: number) => EntrySink;
  readonly signal: AbortSignal;
}

export interface Reading {
  /** Every plugin the archive has, wanted or not, sorted. */
  readonly offered: readonly string[];
  /** Entries that were passed over because of what they are: links, devices, names that lead elsewhere. */
  readonly suspicious: readonly string[];
  /** Plugins whose setuid, setgid or sticky bits were not taken over. */
  readonly strippedBits: readonly string[];
}

/** Bounds for archives that are out to fill a disk; upstream's largest plugin has 13 MB, the whole set 92 MB. */
export const maxPluginBytes = 64 * 1024 * 1024;
export const maxUnpackedBytes = 1024 * 1024 * 1024;

const readBytes = 64 * 1024;

/**
 * Reads the archive once, front to back, in constant memory. Bytes after the gzip stream are ignored. Where the contents
 * are known, it ends with the last wanted plugin, for inflating is most of what an install costs.
 * @throws Failure `content`: no gzip or no tar, cut short, beyond the bounds, a wanted name that is a link, a device, a
 *   directory or there twice, or a wanted plugin that is not in it. Rejects with the signal's reason when aborted.
 */
export async function readArchive(request: ReadingRequest): Promise<Reading> {
  const reader = new ArchiveReader(request);
  const take = (piece: Buffer): void => {
    request.signal.throwIfAborted();
    reader.write(piece);
  };
  const lent = Buffer.allocUnsafeSlow(readBytes);
  try {
    await gunzip(piecesOf(request.fd, lent), take, request.contents && (() => reader.hasAll()));
  } catch (error) {
    if (!(error instanceof GunzipError)) throw error;
    throw unacceptable(
      'archive-damaged',
      `${request.origin} is not a whole gzip archive: ${error.message}`,
      error,
    );
  } finally {
    giveBack(lent);
  }
  return reader.end();
}

/** From the beginning, whatever was read of the descriptor before; it stays open. Each piece takes the last one's place. */
function* piecesOf(fd: number, piece: Buffer): Generator<Buffer> {
  for (let position = 0; ;) {
    const bytes = readSync(fd, piece, 0, piece.length, position);
    if (bytes === 0) return;
    position += bytes;
    yield piece.subarray(0, bytes);
  }
}

function unacceptable(code: CodeOf<'content'>, message: string, cause?: unknown): Failure {
  return new Failure(code, { message, cause });
}

class ArchiveReader {
  readonly #request: ReadingRequest;
  readonly #parser: Parser;
  readonly #blocks = new TarBlocks((blocks) => this.#parse(blocks));
  readonly #offered = new Set<string>();
  readonly #found = new Set<string>();
  readonly #suspicious: string[] = [];
  readonly #strippedBits: string[] = [];
  #unpackedBytes = 0;
  #atEnd = false;
  #failure: unknown;

  constructor(request: ReadingRequest) {
    this.#request = request;
    this.#parser = new Parser({
      strict: true,
      filter: (_path, entry) => 'type' in entry && classOf(entry, this.#request.wanted) === 'wanted',
      onReadEntry: (entry) => this.#take(entry),
    });
    this.#parser.on('ignoredEntry', (entry: ReadEntry) => this.#passOver(entry));
    this.#parser.on('eof', () => (this.#atEnd = true));
    this.#parser.on('error', (error) => this.#fail(this.#notTar(error)));
  }

  write(chunk: Buffer): void {
    this.#unpackedBytes += chunk.length;
    if (this.#unpackedBytes > maxUnpackedBytes) {
      throw unacceptable(
        'archive-too-large',
        `${this.#request.origin} unpacks to more than ${maxUnpackedBytes} bytes`,
      );
    }
    this.#blocks.write(chunk);
    this.#throwIfFailed();
  }

  /** What comes after the archive's last block is padding; the parser would collect it. */
  #parse(blocks: Buffer): void {
    if (!this.#atEnd) this.#parser.write(blocks);
  }

  /** Nothing that is still to come is wanted. Where the contents are not known, neither is that. */
  hasAll(): boolean {
    const { wanted, contents } = this.#request;
    if (contents === undefined) return false;
    return (wanted === 'all' ? contents : [...wanted]).every((name) => this.#found.has(name));
  }

  end(): Reading {
    // The parser would miss what was deliberately not read, and look at what it has kept of a piece behind the last block.
    if (!this.hasAll() && !this.#atEnd) this.#parser.end();
    this.#throwIfFailed();
    this.#requireComplete();
    return {
      offered: this.#request.contents ?? [...this.#offered].toSorted(),
      suspicious: this.#suspicious,
      strippedBits: this.#strippedBits,
    };
  }

  #passOver(entry: ReadEntry): void {
    const kind = classOf(entry, this.#request.wanted);
    if (kind === 'unacceptable') {
      this.#fail(
        unacceptable(
          'plugin-not-a-file',
          `the plugin ${plainName(entry.path)} in ${this.#request.origin} is not a file but a ${entry.type}`,
        ),
      );
    }
    if (kind === 'offered') this.#offered.add(plainName(entry.path) ?? '');
    if (kind === 'suspicious') this.#suspicious.push(`${entry.path} (${entry.type})`);
  }

  #take(entry: ReadEntry): void {
    const name = plainName(entry.path) ?? '';
    try {
      this.#requireAcceptable(name, entry);
      this.#offered.add(name);
      const sink = this.#request.begin(name, entry.size);
      entry.on('data', (bytes: Buffer) => this.#guard(() => sink.write(bytes)));
      entry.on('end', () =>
        this.#guard(() => {
          sink.finish();
          this.#found.add(name);
        }),
      );
    } catch (error) {
      this.#fail(error);
      entry.resume();
    }
  }

  #requireAcceptable(name: string, entry: ReadEntry): void {
    const { origin } = this.#request;
    if (this.#offered.has(name)) {
      throw unacceptable('plugin-twice', `the plugin ${name} is twice in ${origin}`);
    }
    if (entry.size > maxPluginBytes) {
      throw unacceptable(
        'plugin-too-large',
        `the plugin ${name} in ${origin} says it has ${entry.size} bytes; at most ${maxPluginBytes} are accepted`,
      );
    }
    if (((entry.mode ?? 0) & 0o7000) !== 0) this.#strippedBits.push(name);
  }

  #requireComplete(): void {
    const { wanted, origin } = this.#request;
    const missing = wanted === 'all' ? [] : [...wanted].filter((name) => !this.#found.has(name));
    if (missing.length === 0 && this.#found.size > 0) return;
    const has = this.#offered.size === 0 ? 'no plugin at all' : [...this.#offered].toSorted().join(', ');
    throw new Failure('plugin-not-in-archive', {
      message: `${origin} lacks ${missing.length === 0 ? 'plugins' : missing.join(', ')}; it has ${has}`,
      hint: didYouMean(nearestEach(missing, [...this.#offered]), 'plugin-not-in-archive'),
    });
  }

  #notTar(error: unknown): Failure {
    const reason = error instanceof Error ? error.message : String(error);
    return unacceptable(
      'archive-damaged',
      `${this.#request.origin} is not a sound tar archive: ${reason}`,
      error,
    );
  }

  /** The parser calls us from inside its own loop; what goes wrong there is kept and thrown outside of it. */
  #guard(step: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
