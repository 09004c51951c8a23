// Which names a plugin may have: they become names of files, words of a command line, and parts of a log.

const longest = 64;

/**
 * Letters, digits, dots, dashes and underscores, beginning with a letter or a digit, at most 64 of them: no path, no
 * hidden file, nothing a shell or a log would trip over.
 */
export function isPluginName(text: string): boolean {
  return text.length <= longest && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text);
}
