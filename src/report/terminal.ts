// Lines and a moving progress line on one stream, without the one smearing the other.

import type { ProgressView } from '../http/progress.ts';

export interface Terminal {
  readonly writeLine: (line: string) => void;
  readonly progress: ProgressView;
}

/** Erases the line the cursor is in, and goes to its beginning (ECMA-48, EL). */
const eraseLine = '\r\u001b[K';

export function terminalOn(write: (text: string) => void): Terminal {
  let showsProgress = false;
  const writeLine = (line: string): void => {
    write(showsProgress ? `${eraseLine}${line}` : line);
    showsProgress = false;
  };
  const show = (line: string): void => {
    write(`${eraseLine}${line}`);
    showsProgress = true;
  };
  return { writeLine, progress: { everyMs: 200, show } };
}
