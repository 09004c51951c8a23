// Known texts of plugins: interfaces, addresses, programs that do not run; and the checks that look for the cause. Pure.

import { kernelModules } from '../ids.ts';
import type { KnownTexts } from './known-text.ts';

export const pluginTexts = {
  'master-not-found': {
    // macvlan of v1.9.1 names no interface: it looks for the one of its configuration's MTU first.
    pattern:
      /(?:failed to lookup master "([^"]+)"|failed \((?:add|check)\)|error adding container to network "[^"]*"): Link not found/,
    sample: 'failed to lookup master "eth1": Link not found',
    means: 'a network stands on an interface that the node does not have',
    leadsTo: ['nad-master-absent'],
    asks: (about) => (about === '' ? {} : { interfaces: [about] }),
  },
  'master-busy': {
    pattern: /failed to create (?:macvlan|ipvlan): device or resource busy/,
    sample: 'failed to create macvlan: device or resource busy',
    means:
      'the interface below already carries something that shares it with nobody: the other of macvlan and ipvlan, a bridge, a bond',
    leadsTo: ['nad-master-both-macvlan-ipvlan'],
    otherwise: 'see `ip -d link` on the host for what has that interface as its parent',
  },
  'kind-not-supported': {
    pattern: /failed to (?:create|make|add) (\w+).*: operation not supported/,
    sample: 'failed to create ipvlan: operation not supported',
    means: 'the kernel cannot make an interface of that kind: its module is missing',
    leadsTo: kernelModules.map((name) => `module-missing-${name}` as const),
    asks: (about) => ({ plugins: [about] }),
  },
  'addresses-used-up': {
    pattern: /no IP addresses available in range set: \S+/,
    sample: 'no IP addresses available in range set: 10.1.0.10-10.1.0.11',
    means: 'host-local has given out every address of the range on this node',
    leadsTo: ['nad-ipam-exhausted'],
    otherwise: 'widen the range; addresses of pods that are gone lie in /var/lib/cni/networks of the host',
  },
  'bridge-address-differs': {
    pattern: /"([^"]+)" already has an IP address different from /,
    sample: '"cni0" already has an IP address different from 10.244.1.1/24',
    means: 'the bridge is left of an earlier configuration, with the address of another subnet',
    leadsTo: ['bridge-address-differs'],
  },
  'text-file-busy': {
    pattern: /text file busy/i,
    sample: 'open /opt/cni/bin/multus-shim: text file busy',
    means: 'an installer wrote into a plugin that was running, instead of putting a new file in its place',
    leadsTo: ['rival-installer', 'stale-temp'],
    otherwise:
      'start that installer again; ours renames a new file into place, which works while the old one runs',
  },
  'exec-format-error': {
    pattern: /(?:fork\/exec \S*?\/([^\s/]+): )?exec format error/,
    sample: 'fork/exec /opt/cni/bin/macvlan: exec format error',
    means: 'a plugin is built for another architecture, or is not a program at all',
    leadsTo: ['plugin-wrong-architecture', 'plugin-broken', 'plugin-truncated'],
    asks: (about) => (about === '' ? {} : { plugins: [about] }),
  },
  'exec-denied': {
    pattern: /fork\/exec \S*?\/([^\s/]+): permission denied/,
    sample: 'fork/exec /opt/cni/bin/macvlan: permission denied',
    means: 'a plugin may not be executed: it lacks the bit, or the mount or a security module forbids it',
    leadsTo: ['plugin-not-executable', 'bin-dir-noexec', 'plugin-broken', 'selinux-denies'],
    asks: (about) => ({ plugins: [about] }),
  },
  'plugin-crashed': {
    pattern: /(?:plugin type="([^"]+)".*)?netplugin failed with no error message: signal: /,
    sample:
      'plugin type="macvlan" failed (add): netplugin failed with no error message: signal: segmentation fault',
    means: 'a plugin crashed without a word, as one does that is cut short',
    leadsTo: ['plugin-truncated', 'plugin-broken', 'plugin-changed'],
    asks: (about) => (about === '' ? {} : { plugins: [about] }),
  },
  'bin-dir-read-only': {
    pattern: /\/cni\/bin\S*: read-only file system/i,
    sample:
      'failed to generate spec: failed to mkdir "/opt/cni/bin": mkdir /opt/cni/bin: read-only file system',
    means: 'nothing can be placed in the bin dir: it is on a read-only file system',
    leadsTo: ['bin-dir-read-only', 'bin-dir-absent'],
  },
  'inotify-exhausted': {
    pattern:
      /failed to create (?:fsnotify|new|inotify) ?watcher.*too many open files|inotify_init\w*: too many open files/i,
    sample: 'failed to create fsnotify watcher: too many open files',
    means: 'the node has no inotify instance left: all containers of root share them',
    leadsTo: ['sysctl-inotify-instances', 'sysctl-inotify-watches'],
    asks: () => ({ inotify: true }),
  },
} as const satisfies KnownTexts;
