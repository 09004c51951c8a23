// What a runtime's configuration says of CNI. Pure; by sections and lines, not by a TOML library.

export interface ContainerdCni {
  readonly binDirs: readonly string[];
  /** Unless told otherwise, containerd brings up `lo` of each pod by the plugin `loopback`. */
  readonly wantsLoopback: boolean;
}

/**
 * Sections `[plugins."io.containerd.grpc.v1.cri".cni]` and, since containerd 2, `[plugins.'io.containerd.cri.v1.runtime'.cni]`.
 * @param texts of its files, in the order in which it reads them
 */
export function containerdCni(texts: readonly string[]): ContainerdCni {
  const cri = texts.map((text) => sections(text).filter(({ name }) => /^plugins\..*\bcri\b/.test(name)));
  const dirs = cri.map((of) =>
    of
      .filter(({ name }) => name.endsWith('.cni'))
      .flatMap(({ text }) => [...listIn(text, 'bin_dirs'), ...listIn(text, 'bin_dir')]),
  );
  const internal = cri.flat().some(({ text }) => /^\s*use_internal_loopback\s*=\s*true/m.test(text));
  return { binDirs: lastGiven(dirs), wantsLoopback: !internal };
}

/** It runs containers, but not those of Kubernetes: Docker's packages have it so. */
export function isWithoutCri(texts: readonly string[]): boolean {
  return texts.some((text) => listIn(text, 'disabled_plugins').some((id) => /^cri$|\.cri$/.test(id)));
}

/** Further files that it reads, as it names them: patterns, and relative to itself, too. */
export function importedBy(text: string): readonly string[] {
  return listIn(text, 'imports');
}

/** `[crio.network] plugin_dirs`; without it CRI-O's own default. */
export function crioPluginDirs(texts: readonly string[]): readonly string[] {
  const dirs = texts.map((text) =>
    sections(text)
      .filter(({ name }) => name === 'crio.network')
      .flatMap((network) => listIn(network.text, 'plugin_dirs')),
  );
  return lastGiven(dirs).map((dir) => dir.replace(/(?<=.)\/$/, ''));
}

function lastGiven(dirs: readonly (readonly string[])[]): readonly string[] {
  return dirs.findLast((of) => of.length > 0) ?? ['/opt/cni/bin'];
}

interface Section {
  readonly name: string;
  readonly text: string;
}

function sections(config: string): Section[] {
  const [, ...parts] = config.replaceAll(/^\s*#.*$/gm, '').split(/^\s*\[(?=[^\]\n]*\]\s*$)/m);
  return parts.map((part) => {
    const end = part.indexOf(']');
    return { name: part.slice(0, end).trim(), text: part.slice(end + 1) };
  });
}

/** One text or a list of them, without the empty ones. */
function listIn(text: string, key: string): string[] {
  const [, value = ''] = new RegExp(`^\\s*${key}\\s*=\\s*(\\[[^\\]]*\\]|.*)$`, 'm').exec(text) ?? [];
  return [...value.matchAll(/"([^"]+)"|'([^']+)'/g)].map(([, double, single]) => double ?? single ?? '');
}
