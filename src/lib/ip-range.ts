// IPv4 and IPv6 addresses and networks as numbers, for asking what lies within what. Pure.

export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface Subnet {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly last: bigint;
}

/** Undefined for anything but a whole address. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseSix(text) : parseFour(text);
}

function parseFour(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return { bits: 32, value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
}

function parseSix(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return { bits: 128, value: groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n) };
}

/** `10.1.0.0/16`; bits of the host are dropped. */
export function parseSubnet(text: string): Subnet | undefined {
  const [, base = '', length = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(base);
  const prefix = Number(length);
  if (address === undefined || length === '' || prefix > address.bits) return undefined;
  const size = 1n << BigInt(address.bits - prefix);
  const first = address.value - (address.value % size);
  return { bits: address.bits, first, last: first + size - 1n };
}

export function contains({ bits, first, last }: Subnet, address: Address): boolean {
  return bits === address.bits && first <= address.value && address.value <= last;
}
