// The verbs, in the order of the help.

/** What each verb does, in the words of `--help`. `install` is the default. */
export const verbs = {
  install:
    'make the plugins present, proved and durable on this node, and share the mounts that Multus needs',
  'share-mounts': 'only share the mounts (for the two-container hardened layout)',
  verify: 'audit the node against its ledger and the catalog; writes nothing',
  doctor:
    'say why Multus does not start, or not attach, on this node: causes first, a remedy each; writes nothing',
  fleet:
    'say which node of a cluster has what, and which network attachments would fail on which node; writes nothing',
  watch:
    "stay, and keep this node proved: audit it on change and on a period, and put back what is missing from the node's own store",
  dhcp: 'stay, and keep the DHCP daemon of the CNI plugin running: leases outlive its restarts, and no second daemon is let in',
  rollback: "put an earlier set of plugins back, from the node's own store",
  uninstall: 'remove what this installer placed and give back what it displaced',
  bundle: 'fetch and verify archives on a connected machine, laid out for nodes without a network',
  releases: 'say what is known about upstream releases',
} as const;

export type Verb = keyof typeof verbs;

export const verbNames = Object.keys(verbs) as readonly Verb[];

/** Those that end by themselves, so that their time can be limited. */
export const endingVerbs = verbNames.filter((verb) => verb !== 'watch' && verb !== 'dhcp');
