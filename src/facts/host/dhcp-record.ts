// The file in which our verb `dhcp` says what its daemon has taken up: its form, and reading it. Pure.

import { recordsIn, textIn } from '../../cluster/json-value.ts';
import { recordOfText } from '../../lib/record.ts';

export interface DhcpRecord {
  readonly schema: 1;
  /** When the daemon was started; milliseconds since the epoch. */
  readonly startedMs: number;
  readonly attachments: readonly RecordedAttachment[];
}

export interface RecordedAttachment {
  readonly container: string;
  readonly interfaceName: string;
  readonly network: string;
  /** `namespace/name`. */
  readonly pod?: string | undefined;
  readonly result: string;
  /** IPv4: what it has. */
  readonly had: readonly string[];
  /** IPv4: what the server grants. */
  readonly granted?: string | undefined;
}

/** In the directory of the socket. */
export const dhcpRecordName = 'cni-plugins-installer-dhcp.json';

/** Undefined for what is no such file. */
export function parseDhcpRecord(text: string): DhcpRecord | undefined {
  const record = recordOfText(text);
  const startedMs = record?.['startedMs'];
  if (record?.['schema'] !== 1 || typeof startedMs !== 'number') return undefined;
  return { schema: 1, startedMs, attachments: recordsIn(record, 'attachments').flatMap(attachmentIn) };
}

function attachmentIn(record: Readonly<Record<string, unknown>>): RecordedAttachment[] {
  const [container, interfaceName] = [textIn(record, 'container'), textIn(record, 'interfaceName')];
  if (container === undefined || interfaceName === undefined) return [];
  const had = Array.isArray(record['had']) ? record['had'] : [];
  return [
    {
      container,
      interfaceName,
      network: textIn(record, 'network') ?? '',
      pod: textIn(record, 'pod'),
      result: textIn(record, 'result') ?? '',
      had: had.filter((one): one is string => typeof one === 'string'),
      granted: textIn(record, 'granted'),
    },
  ];
}
