// The architectures of machines by Go's names, by which upstream names its archives.

/** Those of upstream's Linux archives. `arm` is one build; there is no armv6/armv7 split. */
export const architectures = ['amd64', 'arm', 'arm64', 'mips64le', 'ppc64le', 'riscv64', 's390x'] as const;

export type Arch = (typeof architectures)[number];

/** Node's name of an architecture (`process.arch`) → Go's. */
const byNodesName: Readonly<Record<string, Arch>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
  mips64el: 'mips64le',
};

/** Undefined for a machine that upstream has no archives for. */
export function archFromNode(name: string): Arch | undefined {
  return byNodesName[name];
}
