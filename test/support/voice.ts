// The one voice of messages and hints, as far as it can be asserted of a text.

/** Words that operators do not search for, with those that they do. */
const turns: readonly (readonly [RegExp, string])[] = [
  [/\b(?:could|can) ?(?:not|'t) be had\b/, 'could not be obtained'],
  [
    /\b(?:is|it's) no (?:\w+ )?(?:\w+ )?(?:archive|base URL|bundle|directory|executable|file|JSON|release|URL|version)\b/,
    'is not a …',
  ],
  [/\bcan not\b/, 'cannot'],
  [/\bhas not (?:this|that|the)\b/, 'does not have'],
  [/\bare others\b/, 'differ'],
  [/\bno(?:body)? more than\b/, 'at most'],
];

/** What makes a text unfit to stand inside another sentence, or to be searched for. Nothing for one that is fit. */
export function faultsInVoice(text: string): string[] {
  return [
    ...(text.trim() === '' ? ['it is empty'] : []),
    ...(text.includes('\n') ? ['it has more than one line'] : []),
    // A name in capitals (HTTPS_PROXY, SELinux) may stand anywhere.
    ...(/^[A-Z](?:[a-z]+\b|\s)/.test(text) ? ['it begins in upper case'] : []),
    ...(/(?<!\.\.)[.!]$/.test(text) ? ['it ends in a full stop'] : []),
    ...wordsToAvoid(text),
  ];
}

export function wordsToAvoid(text: string): string[] {
  return turns.flatMap(([avoided, instead]) => {
    const found = avoided.exec(text)?.[0];
    return found === undefined ? [] : [`"${found}" where "${instead}" is meant`];
  });
}
