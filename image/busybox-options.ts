// Writes busybox's options as the header that its sources read: what `conf` of its build system would make of them.

/** The options that have a value, by their default; undefined for those that are on or off. */
export type OptionDefaults = ReadonlyMap<string, string | undefined>;

/** @param declarations the texts of its Config.in files */
export function defaultsOf(declarations: readonly string[]): OptionDefaults {
  const defaults = new Map<string, string | undefined>();
  for (const text of declarations) {
    for (const block of text.split(/^\s*config (?=\w+\s*$)/m).slice(1)) {
      const name = /^\w+/.exec(block)?.[0] ?? '';
      const type = /^\s+(bool|int|string|hex)\b/m.exec(block)?.[1];
      const value = /^\s+default (".*?"|\S+)/m.exec(block)?.[1];
      defaults.set(name, type === 'bool' ? undefined : value);
    }
  }
  return defaults;
}

/** Everything is off but what is named, and what has a value has its default. */
export function optionsHeader(defaults: OptionDefaults, on: ReadonlySet<string>): string {
  const unknown = [...on].filter((name) => !defaults.has(name));
  if (unknown.length > 0) throw new Error(`busybox has no option ${unknown.join(', ')}`);
  return [...defaults].map(([name, value]) => definitions(name, on.has(name) ? '1' : value)).join('');
}

function definitions(name: string, value: string | undefined): string {
  const [if_, ifNot] = value === undefined ? ['', '__VA_ARGS__'] : ['__VA_ARGS__', ''];
  const config = value === undefined ? `#undef CONFIG_${name}` : `#define CONFIG_${name} ${value}`;
  return [
    config,
    `#define ENABLE_${name} ${value === undefined ? 0 : 1}`,
    `#define IF_${name}(...) ${if_}`,
    `#define IF_NOT_${name}(...) ${ifNot}`,
    '',
  ].join('\n');
}
