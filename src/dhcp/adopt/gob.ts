// Reads Go's gob: a stream of values that brings the description of its types along. Pure.
//
// As much of https://pkg.go.dev/encoding/gob as a reply of net/rpc may have. Structs become records by their fields' names
// (those that are zero are not sent, and are absent), slices and arrays lists, bytes a Buffer, numbers numbers.

type GobType =
  | { readonly kind: 'basic'; readonly read: (from: GobReader) => unknown }
  | { readonly kind: 'struct'; readonly fields: readonly GobField[] }
  | { readonly kind: 'list'; readonly element: number }
  | { readonly kind: 'map'; readonly key: number; readonly element: number };

interface GobField {
  readonly name: string;
  readonly type: number;
}

type GobTypes = ReadonlyMap<number, GobType>;

const [bool, int, uint, float, bytes, text] = [1, 2, 3, 4, 5, 6];
/** What describes types has types, too. Nobody sends these: whoever reads has to know them. */
const ids = {
  wire: 16,
  array: 17,
  common: 18,
  slice: 19,
  struct: 20,
  field: 21,
  fields: 22,
  map: 23,
  opaque: 24,
};

const describedTypes: GobTypes = new Map<number, GobType>([
  [bool, { kind: 'basic', read: (from) => from.unsigned() === 1 }],
  [int, { kind: 'basic', read: (from) => from.signed() }],
  [uint, { kind: 'basic', read: (from) => from.unsigned() }],
  [float, { kind: 'basic', read: (from) => from.unsigned() }],
  [bytes, { kind: 'basic', read: (from) => from.bytes() }],
  [text, { kind: 'basic', read: (from) => from.bytes().toString('utf8') }],
  [
    ids.wire,
    structOf(
      ['array', ids.array],
      ['slice', ids.slice],
      ['struct', ids.struct],
      ['map', ids.map],
      ['opaque', ids.opaque],
      ['opaque', ids.opaque],
      ['opaque', ids.opaque],
    ),
  ],
  [ids.array, structOf(['common', ids.common], ['element', int], ['length', int])],
  [ids.common, structOf(['name', text], ['id', int])],
  [ids.slice, structOf(['common', ids.common], ['element', int])],
  [ids.struct, structOf(['common', ids.common], ['fields', ids.fields])],
  [ids.field, structOf(['name', text], ['type', int])],
  [ids.fields, { kind: 'list', element: ids.field }],
  [ids.map, structOf(['common', ids.common], ['key', int], ['element', int])],
  [ids.opaque, structOf(['common', ids.common])],
]);

function structOf(...fields: readonly (readonly [name: string, type: number])[]): GobType {
  return { kind: 'struct', fields: fields.map(([name, type]) => ({ name, type })) };
}

/** @throws RangeError for a stream that is cut short, or is none */
export function decodeGob(stream: Buffer): readonly unknown[] {
  const types = new Map(describedTypes);
  const values: unknown[] = [];
  const messages = new GobReader(stream);
  while (!messages.isAtEnd) {
    const message = new GobReader(messages.bytes());
    const id = message.signed();
    if (id < 0) types.set(-id, typeIn(gobValueOf(ids.wire, message, types) as Partial<WireType>));
    else values.push(topValueOf(id, message, types));
  }
  return values;
}

interface WireType {
  readonly array: { readonly element: number };
  readonly slice: { readonly element: number };
  readonly struct: { readonly fields?: readonly GobField[] };
  readonly map: { readonly key: number; readonly element: number };
}

/** What encodes itself is bytes to us. */
function typeIn({ array, slice, struct, map }: Partial<WireType>): GobType {
  const list = array ?? slice;
  if (list !== undefined) return { kind: 'list', element: list.element };
  if (struct !== undefined) return { kind: 'struct', fields: struct.fields ?? [] };
  if (map !== undefined) return { kind: 'map', key: map.key, element: map.element };
  return { kind: 'basic', read: (from) => from.bytes() };
}

/** What is no struct has a zero before it, at the top only. */
function topValueOf(id: number, from: GobReader, types: GobTypes): unknown {
  if (types.get(id)?.kind !== 'struct') from.unsigned();
  return gobValueOf(id, from, types);
}

function gobValueOf(id: number, from: GobReader, types: GobTypes): unknown {
  const type = types.get(id);
  switch (type?.kind) {
    case 'basic':
      return type.read(from);
    case 'struct':
      return structFrom(type.fields, from, types);
    case 'list':
      return from.times(() => gobValueOf(type.element, from, types));
    case 'map':
      return new Map(
        from.times(() => [gobValueOf(type.key, from, types), gobValueOf(type.element, from, types)] as const),
      );
    case undefined:
      throw new RangeError(`a value of the type ${id}, which was not described`);
  }
}

/** Before each field stands how far it is from the one before; a zero ends it. */
function structFrom(fields: readonly GobField[], from: GobReader, types: GobTypes): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let at = -1, step = from.unsigned(); step > 0; step = from.unsigned()) {
    at += step;
    const field = fields[at];
    if (field === undefined) throw new RangeError(`a field ${at}, which was not described`);
    record[field.name] = gobValueOf(field.type, from, types);
  }
  return record;
}

class GobReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(source: Buffer) {
    this.#bytes = source;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Below 128 as it is, else the length of what follows, negated, and that. */
  unsigned(): number {
    const first = this.#bytes.readUInt8(this.#at++);
    if (first < 128) return first;
    const length = 256 - first;
    return [...this.#take(length)].reduce((number, byte) => number * 256 + byte, 0);
  }

  /** The last bit says whether the others are complemented. */
  signed(): number {
    const number = this.unsigned();
    const half = Math.floor(number / 2);
    return number % 2 === 1 ? -half - 1 : half;
  }

  bytes(): Buffer {
    return this.#take(this.unsigned());
  }

  times<Value>(read: () => Value): Value[] {
    const count = this.unsigned();
    if (count > this.#bytes.length) throw new RangeError(`${count} values in ${this.#bytes.length} bytes`);
    return Array.from({ length: count }, read);
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError(`${length} bytes where there are fewer`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
