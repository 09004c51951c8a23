// What the verb leaves beside the socket for `doctor`: which leases its daemon has taken up, and which addresses moved.

import { dirname, join } from 'node:path';
import type { DhcpRecord, RecordedAttachment } from '../facts/host/dhcp-record.ts';
import { dhcpRecordName } from '../facts/host/dhcp-record.ts';
import { errnoOf } from '../lib/errno.ts';
import { writeFileDurably } from '../lib/files/atomic-file.ts';
import { removeFile } from '../lib/files/remove.ts';
import type { Log } from '../lib/log.ts';

export class RecordFile {
  readonly #path: string;
  readonly #log: Log;
  #record: DhcpRecord = { schema: 1, startedMs: 0, attachments: [] };
  #isRefused = false;

  constructor(socket: string, log: Log) {
    this.#path = join(dirname(socket), dhcpRecordName);
    this.#log = log;
  }

  begin(startedMs: number): void {
    this.#record = { schema: 1, startedMs, attachments: [] };
    this.#write();
  }

  add(attachment: RecordedAttachment): void {
    const { container, interfaceName } = attachment;
    const others = this.#record.attachments.filter(
      (one) => one.container !== container || one.interfaceName !== interfaceName,
    );
    this.#record = { ...this.#record, attachments: [...others, attachment] };
    this.#write();
  }

  /** Without it `doctor` knows less, but no pod is worse off. */
  #write(): void {
    try {
      removeFile(`${this.#path}.new`);
      writeFileDurably(this.#path, `${JSON.stringify(this.#record)}\n`, `${this.#path}.new`);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      if (!this.#isRefused) this.#log.warn(`${this.#path} could not be written (${errnoOf(error)})`);
      this.#isRefused = true;
    }
  }
}
