// Promises about variables with our prefix: a misspelt one is told, and nothing that Kubernetes or another verb needs.

import { describe, expect, it } from 'vitest';
import { optionNames, specOf } from '../../../src/arguments/options.ts';
import { refuseUnknownVariables, unknownVariables } from '../../../src/arguments/unknown-variables.ts';

describe('a variable with our prefix that is none of ours', () => {
  it.each([
    ['CNI_PLUGINS_MIRROR', 'CNI_PLUGINS_MIRRORS'],
    ['CNI_PLUGINS_PLUGINS', 'CNI_PLUGINS'],
    ['CNI_PLUGINS_SKIP', 'SKIP_CNI_BINARIES'],
    ['CNI_PLUGINS_VERSON', 'CNI_PLUGINS_VERSION'],
    ['CNI_PLUGINS_CNI_VERSION', 'CNI_PLUGINS_VERSION'],
    ['CNI_PLUGINS_CNI_BIN_DIR', 'CNI_PLUGINS_BIN_DIR'],
    ['CNI_PLUGINS_SHARED_PATH', 'CNI_PLUGINS_SHARED_PATHS'],
    ['CNI_PLUGINS_MODE', 'CNI_PLUGINS_MODES'],
    ['CNI_PLUGINS_PERIOD', 'CNI_PLUGINS_WATCH_PERIOD'],
    ['CNI_PLUGINS_log_level', 'CNI_PLUGINS_LOG_LEVEL'],
  ])('%s is told, and that %s was probably meant', (name, meant) => {
    expect(unknownVariables({ [name]: 'x' })).toEqual([
      {
        code: 'unknown-variable',
        message: `${name} is not a variable of this installer, and was ignored`,
        hint: expect.stringMatching(new RegExp(`^did you mean ${meant}\\? else `)),
      },
    ]);
  });

  it('that is like no other is told without a guess', () => {
    const [warning] = unknownVariables({ CNI_PLUGINS_QUANTUM: 'x' });
    expect(warning?.hint).not.toContain('did you mean');
  });

  it('is not told when it is empty, as others count as unset then', () => {
    expect(unknownVariables({ CNI_PLUGINS_MIRROR: ' ', CNI_PLUGINS_MODE: '' })).toEqual([]);
  });

  it('is refused where that is wanted, and the others are named too', () => {
    const warnings = unknownVariables({ CNI_PLUGINS_MODE: 'x', CNI_PLUGINS_MIRROR: 'x' });
    expect(() => refuseUnknownVariables(warnings)).toThrow(
      expect.objectContaining({
        kind: 'usage',
        code: 'unknown-variable',
        message: expect.stringContaining('CNI_PLUGINS_MIRROR'),
        hint: expect.stringContaining('CNI_PLUGINS_MIRRORS'),
        details: [expect.stringContaining('CNI_PLUGINS_MODE')],
      }),
    );
    expect(() => refuseUnknownVariables([])).not.toThrow();
  });
});

describe('nothing is said', () => {
  it.each(optionNames.flatMap((name) => specOf(name).env ?? []))(
    'of %s, whichever verb it belongs to',
    (name) => {
      expect(unknownVariables({ [name]: 'x' })).toEqual([]);
    },
  );

  it.each(['PATH', 'CNI_COMMAND', 'CNI_PATH', 'CNI_PLUGIN', 'CNI_PLUGINSX', 'MY_CNI_PLUGINS_MIRROR'])(
    'of %s, which does not begin as ours do',
    (name) => {
      expect(unknownVariables({ [name]: 'x' })).toEqual([]);
    },
  );

  /** As kubelet makes them (pkg/kubelet/envvars), for ports of any name and protocol. */
  const links = (service: string): string[] => [
    `${service}_SERVICE_HOST`,
    `${service}_SERVICE_PORT`,
    `${service}_SERVICE_PORT_HTTP`,
    `${service}_SERVICE_PORT_HTTP_METRICS_2`,
    `${service}_PORT`,
    ...['80_TCP', '53_UDP', '9999_SCTP'].flatMap((port) => [
      `${service}_PORT_${port}`,
      `${service}_PORT_${port}_PROTO`,
      `${service}_PORT_${port}_PORT`,
      `${service}_PORT_${port}_ADDR`,
    ]),
  ];

  it.each(['CNI_PLUGINS', 'CNI_PLUGINS_INSTALLER', 'CNI_PLUGINS_MIRROR', 'CNI_PLUGINS_2_X'])(
    'of what Kubernetes injects for a Service that is called %s there',
    (service) => {
      const env = Object.fromEntries(links(service).map((name) => [name, 'x']));
      expect(unknownVariables(env)).toEqual([]);
    },
  );
});
