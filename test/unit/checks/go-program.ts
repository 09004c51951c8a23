// Bytes that carry the build information of a Go program, as its linker writes it.

/** @param dependencies modules and their versions */
export function goProgram(dependencies: Readonly<Record<string, string>>, version: string): Buffer {
  const lines = [
    'path\texample.org/program',
    `mod\texample.org/program\t${version}\t`,
    ...Object.entries(dependencies).map(([name, of]) => `dep\t${name}\t${of}\th1:x=`),
    '',
  ];
  const mark = 'x'.repeat(16);
  const head = Buffer.alloc(32);
  head.write('\xff Go buildinf:', 'latin1');
  head[15] = 2;
  return Buffer.concat([head, counted('go1.24.0'), counted(`${mark}${lines.join('\n')}${mark}`)]);
}

function counted(text: string): Buffer {
  const bytes: number[] = [];
  let rest = text.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...bytes, rest]), Buffer.from(text, 'latin1')]);
}
