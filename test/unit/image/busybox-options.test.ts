// Proves that busybox's options are read from its declarations, and that all is off but what is named.

import { describe, expect, it } from 'vitest';
import { defaultsOf, optionsHeader } from '../../../image/busybox-options.ts';

const declarations = `
menu "Settings"

config NSENTER
\tbool "nsenter (6.8 kb)"
\tdefault y
\thelp
\tRun program with namespaces of other processes.

config FEATURE_MOUNT_FLAGS
\tdepends on MOUNT
\tbool "Support lots of -o flags"
\tdefault y

config MD5_SMALL
\tint "MD5: Trade bytes for speed (0:fast, 3:slow)"
\tdefault 1  # all "fast or small" options default to small
\trange 0 3

config BUSYBOX_EXEC_PATH
\tstring "Path to busybox executable"
\tdefault "/proc/self/exe or so"
endmenu
`;

describe('the declarations of options', () => {
  it('say which have a value, and its default', () => {
    expect(Object.fromEntries(defaultsOf([declarations]))).toEqual({
      NSENTER: undefined,
      FEATURE_MOUNT_FLAGS: undefined,
      MD5_SMALL: '1',
      BUSYBOX_EXEC_PATH: '"/proc/self/exe or so"',
    });
  });
});

describe('the header', () => {
  const header = (...on: readonly string[]): string[] =>
    optionsHeader(defaultsOf([declarations]), new Set(on)).split('\n');

  it('turns on what is named, and nothing else, whatever its default', () => {
    expect(header('NSENTER')).toEqual(
      expect.arrayContaining([
        '#define CONFIG_NSENTER 1',
        '#define ENABLE_NSENTER 1',
        '#define IF_NSENTER(...) __VA_ARGS__',
        '#define IF_NOT_NSENTER(...) ',
        '#undef CONFIG_FEATURE_MOUNT_FLAGS',
        '#define ENABLE_FEATURE_MOUNT_FLAGS 0',
        '#define IF_FEATURE_MOUNT_FLAGS(...) ',
        '#define IF_NOT_FEATURE_MOUNT_FLAGS(...) __VA_ARGS__',
      ]),
    );
  });

  it('gives the others their default value', () => {
    expect(header()).toEqual(
      expect.arrayContaining([
        '#define CONFIG_MD5_SMALL 1',
        '#define CONFIG_BUSYBOX_EXEC_PATH "/proc/self/exe or so"',
      ]),
    );
  });

  it('refuses a name that no option has', () => {
    expect(() => header('NSENTER', 'ENSENTER')).toThrow('ENSENTER');
  });
});
