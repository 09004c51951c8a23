// `fleet`: which node of a cluster has what, and what would fail where. Reads only.

import type { FleetConfig } from '../arguments/configure/fleet.ts';
import type { Effects } from '../engine/context.ts';
import { type AskedCluster, askCluster } from '../engine/gather/asked-cluster.ts';
import { givenCluster } from '../engine/gather/given-cluster.ts';
import { apiServerByKubectl } from '../engine/gather/kubectl-proxy.ts';
import { fleetOf } from '../fleet/survey.ts';
import { productVersion } from '../lib/product.ts';
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
  return fleetAnswer(seen, { failOn, output: run.output });
}

interface NamedCluster extends AskedCluster {
  readonly name: string;
}

function givenAs({ from }: FleetConfig): NamedCluster {
  return { objects: givenCluster(from), live: undefined, name: '' };
}

async function askedFrom({ kubectl, live }: FleetConfig, effects: Effects): Promise<NamedCluster> {
  const { environment, signal, progress, log } = effects;
  await using api = await apiServerByKubectl({ ...kubectl, environment, signal });
  const show = (line: string): void => progress?.show(line);
  const asked = await askCluster(api, { signal, show, namespace: undefined, live });
  const { nodes, attachments } = asked.objects;
  log.info(`asked about ${nodes.length} nodes and ${attachments.length} network attachments`);
  return { ...asked, name: api.name };
}
