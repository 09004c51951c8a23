// What `doctor` is told.

import type { Arch } from '../../lib/architecture.ts';
import type { OptionReader } from '../option-reader.ts';
import type { ChoiceOf, OptionOf } from '../options.ts';
import { type NodePaths, nodeWithSpareOf } from '../parts/node-paths.ts';
import { type TimedRunSettings, runOf } from '../parts/run.ts';
import { sharedPathsOf } from '../parts/sharing.ts';
import { type TextSource, textSource } from '../parts/text-source.ts';

export interface DoctorConfig {
  readonly verb: 'doctor';
  readonly arch: Arch;
  readonly node: NodePaths;
  readonly confDir: string;
  readonly hostProc: string;
  /** Absolute paths on the host. */
  readonly sharedPaths: readonly string[];
  readonly nodeName: string | undefined;
  readonly explain: TextSource | undefined;
  readonly nads: TextSource | undefined;
  /** Plugins are asked for their STATUS as well. */
  readonly active: boolean;
  readonly failOn: ChoiceOf<'fail-on'>;
  readonly run: TimedRunSettings;
}

/** @throws Failure `usage` also where both texts are to come from standard input. */
export function configureDoctor(read: OptionReader<OptionOf<'doctor'>>, arch: Arch): DoctorConfig {
  const explain = sourceOf(read, 'explain');
  const nads = sourceOf(read, 'nads');
  if (explain?.from === 'stdin' && nads?.from === 'stdin') {
    throw read.refusal('nads', 'is standard input, which --explain reads already', 'a file for one of them');
  }
  return {
    verb: 'doctor',
    arch,
    node: nodeWithSpareOf(read),
    confDir: read.path('cni-conf-dir'),
    hostProc: read.path('host-proc'),
    sharedPaths: sharedPathsOf(read),
    nodeName: read.text('node-name'),
    explain,
    nads,
    active: read.boolean('active'),
    failOn: read.choice('fail-on'),
    run: runOf(read),
  };
}

function sourceOf(read: OptionReader<'explain' | 'nads'>, name: 'explain' | 'nads'): TextSource | undefined {
  const text = read.text(name);
  return text === undefined ? undefined : textSource(text);
}
