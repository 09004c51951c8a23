// Tells that something happened in a directory, by inotify(7). A hint, never the truth.
//
// Node's binding says nothing when the kernel's queue overflows, nothing when the directory is removed under a bind
// mount, and a machine has few inotify instances (fs.inotify.max_user_instances, 128 for all containers that run as
// root). So whoever uses this looks by himself from time to time as well, and goes on where it is refused.

import { watch } from 'node:fs';
import { errnoOf } from './errno.ts';

export interface DirectoryWatch {
  readonly close: () => void;
}

export interface DirectoryEvents {
  /** A name in the directory, or the directory itself, changed somehow. Called for every event: be quick. */
  readonly onEvent: () => void;
  /** The watch is over by itself. */
  readonly onEnd: (errno: string) => void;
}

/** The watch, or the errno with which the kernel refused it: EMFILE (instances), ENOSPC (watches), ENOENT, … */
export function watchDirectory(path: string, { onEvent, onEnd }: DirectoryEvents): DirectoryWatch | string {
  try {
    const watcher = watch(path, { persistent: false }, onEvent);
    watcher.once('error', (error) => {
      watcher.close();
      onEnd(errnoOf(error) ?? error.message);
    });
    return { close: () => watcher.close() };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  }
}
