// Where a verb that stays is asked how it is.

import type { OptionReader } from '../option-reader.ts';

export interface Listening {
  readonly host: string;
  readonly port: number;
}

/** Undefined for `off`. An address without a host is every address of the machine. */
export function listeningOf(read: OptionReader<'listen'>): Listening | undefined {
  const text = read.text('listen');
  if (text === 'off') return undefined;
  const [, bracketed, plain = '', digits = ''] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port < 1 || port > 65_535) {
    throw read.refusal(
      'listen',
      'is not an address with a port',
      '127.0.0.1:19917, [::1]:19917, :19917 or off',
    );
  }
  return { host: bracketed ?? (plain === '' ? '::' : plain), port };
}
