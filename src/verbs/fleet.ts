// `fleet`: which node of a cluster has what, and what would fail where. Reads only.

import type { FleetConfig } from '../arguments/configure/fleet.ts';
import type { Effects } from '../engine/context.ts';
import { type AskedCluster, askCluster } from '../gather/asked-cluster.ts';
import { givenCluster } from '../gather/given-cluster.ts';
import { apiServerByKubectl } from '../gather/kubectl-proxy.ts';
import { apiServerOfPod, keepAnswer, ownNamespace } from '../gather/pod-api.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { fleetOf } from '../fleet/survey.ts';
import { productVersion } from '../lib/product.ts';
import { fleetHeadline } from '../report/fleet/headline.ts';
import { fleetAnswer } from '../report/fleet/answer.ts';
import type { Answer } from '../report/result.ts';

/** @throws Failure `usage` for what can't be read, `acquisition` where the cluster can't be asked */
export async function fleet(config: FleetConfig, effects: Effects): Promise<Answer> {
  const { clusterName, failOn, run } = config;
  const { objects, live, name } = config.from.length > 0 ? givenAs(config) : await askedFrom(config, effects);
  const seen = fleetOf({
    objects,
    live,
    cluster: clusterName ?? name,
    takenMs: effects.now(),
    installerVersion: productVersion,
  });
  const answer = fleetAnswer(seen, { failOn, output: run.output });
  return config.configMap === undefined
    ? answer
    : kept(answer, seen, { ...config, configMap: config.configMap }, effects);
}

interface NamedCluster extends AskedCluster {
  readonly name: string;
}

function givenAs({ from }: FleetConfig): NamedCluster {
  return { objects: givenCluster(from), live: undefined, name: '' };
}

/** Who names a context means kubectl, also in a pod. */
async function askedFrom({ kubectl, live }: FleetConfig, effects: Effects): Promise<NamedCluster> {
  const { environment, scratch, signal, progress, log } = effects;
  const isForKubectl = kubectl.context !== undefined || kubectl.kubeconfig !== undefined;
  const namespace = isForKubectl ? undefined : ownNamespace(effects);
  await using api =
    namespace === undefined
      ? await apiServerByKubectl({ ...kubectl, environment, scratch, signal })
      : apiServerOfPod(effects);
  const show = (line: string): void => progress?.show(line);
  const asked = await askCluster(api, { signal, show, namespace, live });
  const { nodes, attachments } = asked.objects;
  log.info(`asked about ${nodes.length} nodes and ${attachments.length} network attachments`);
  return { ...asked, name: api.name };
}

/** In the ConfigMap, with its first line on standard output. */
async function kept(
  { text, json, exitStatus }: Answer,
  seen: Fleet,
  { configMap, run }: FleetConfig & { readonly configMap: string },
  effects: Effects,
): Promise<Answer> {
  const summary = fleetHeadline(seen);
  const whole = run.output === 'json' ? JSON.stringify(json) : text;
  const form = run.output === 'text' ? 'txt' : run.output === 'junit' ? 'xml' : run.output;
  const namespace = ownNamespace(effects) ?? 'default';
  await keepAnswer({ namespace, name: configMap, form, text: whole, summary, taken: seen.taken }, effects);
  return { text: `${summary}\n`, json: { schema: 1, summary }, exitStatus };
}
