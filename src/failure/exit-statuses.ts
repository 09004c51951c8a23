// What each exit status means: for the help, the README, and whoever writes a probe.

export const exitStatuses: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'the promise holds (also `degraded`, unless `--strict`)'],
  ['1', 'a bug: the message has a stack and asks for a report'],
  ['2', 'usage: options, environment'],
  ['3', 'the archive could not be had'],
  ['4', 'the archive is not the one that was expected (digest)'],
  ['5', "the archive's content is not acceptable, or lacks a requested plugin"],
  ['6', 'the node refused (directory, disk, permission, conflict under `fail`)'],
  ['7', 'a plugin does not work on this node (architecture, execution)'],
  ['8', 'sharing was required and could not be had'],
  ['9', '`verify`: findings'],
  ['143, 130', 'stopped by SIGTERM, SIGINT: nothing half done'],
];
