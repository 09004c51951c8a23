// How the image starts the installer. The Dockerfile says the same, and a test holds the two together.

// No compiler: a run is over before compiled code has paid for its compilation, and without it 8 MiB less are resident.
// The collector in our hands: a download calls it while what it leaves behind is young (src/lib/memory/young-garbage.ts).
// A small heap: beyond it V8 lets the buffers of a download pile up before it collects them. The installer's own need is
// below 8 MB. In the environment rather than in the command, where nobody could overrule it.
const nodeOptions = '--jitless --expose-gc --max-semi-space-size=1 --max-old-space-size=24';

export const launch = {
  User: '0',
  WorkingDir: '/',
  Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', `NODE_OPTIONS=${nodeOptions}`],
  Entrypoint: ['/usr/bin/node', '/usr/lib/cni-plugins-installer/cni-plugins-installer.js'],
} as const;
