// What `fleet` is told.

import type { OptionReader } from '../option-reader.ts';
import type { ChoiceOf, OptionOf } from '../options.ts';
import { type TimedRunSettings, runOf } from '../parts/run.ts';
import { type TextSource, textSource } from '../parts/text-source.ts';

/** Whom kubectl asks; undefined: as it is configured. */
export interface KubectlChoice {
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
}

export interface FleetConfig {
  readonly verb: 'fleet';
  /** Empty: the API server is asked. */
  readonly from: readonly TextSource[];
  readonly kubectl: KubectlChoice;
  readonly live: boolean;
  readonly configMap: string | undefined;
  readonly clusterName: string | undefined;
  readonly failOn: ChoiceOf<'fail-on'>;
  readonly run: TimedRunSettings;
}

/** @throws Failure `usage` also where files are given and the API server is to be asked */
export function configureFleet(read: OptionReader<OptionOf<'fleet'>>): FleetConfig {
  const from = (read.list('from') ?? []).map(textSource);
  const [context, kubeconfig, live] = [read.text('context'), read.path('kubeconfig'), read.boolean('live')];
  if (from.length > 0 && (live || context !== undefined || kubeconfig !== undefined)) {
    throw read.refusal(
      'from',
      'is given together with an option for asking the cluster',
      'either --from, or --live, --context and --kubeconfig',
    );
  }
  return {
    verb: 'fleet',
    from,
    kubectl: { context, kubeconfig },
    live,
    configMap: read.text('config-map'),
    clusterName: read.text('cluster-name'),
    failOn: read.choice('fail-on'),
    run: runOf(read),
  };
}
