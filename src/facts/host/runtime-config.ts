// What a runtime's configuration says of CNI. Pure; by sections and lines, not by a TOML library.

export interface ContainerdCni {
  readonly binDirs: readonly string[];
  /** Unless told otherwise, containerd brings up `lo` of each pod by the plugin `loopback`. */
  readonly wantsLoopback: boolean;
}

/** Sections `[plugins."io.containerd.grpc.v1.cri".cni]` and, since containerd 2, `[plugins.'io.containerd.cri.v1.runtime'.cni]`. */
export function containerdCni(config: string): ContainerdCni {
  const cri = sections(config).filter(({ name }) => /^plugins\..*\bcri\b/.test(name));
  const cni = cri.filter(({ name }) => name.endsWith('.cni')).map(({ text }) => text);
  const binDirs = cni.flatMap((text) => [...listIn(text, 'bin_dirs'), ...listIn(text, 'bin_dir')]);
  const internal = cri.some(({ text }) => /^\s*use_internal_loopback\s*=\s*true/m.test(text));
  return { binDirs: binDirs.length === 0 ? ['/opt/cni/bin'] : binDirs, wantsLoopback: !internal };
}

/** `[crio.network] plugin_dirs`; without it CRI-O's own default. */
export function crioPluginDirs(config: string): readonly string[] {
  const network = sections(config).filter(({ name }) => name === 'crio.network');
  const dirs = network.flatMap(({ text }) => listIn(text, 'plugin_dirs'));
  return dirs.length === 0 ? ['/opt/cni/bin'] : dirs.map((dir) => dir.replace(/(?<=.)\/$/, ''));
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
