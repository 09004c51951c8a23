// What an operator gave of a cluster: kubectl's JSON from files or standard input, whole or refused.

import type { TextSource } from '../arguments/parts/text-source.ts';
import { readClusterObjects } from '../cluster/kubectl.ts';
import type { ClusterObjects } from '../cluster/objects.ts';
import { Failure } from '../failure/failure.ts';
import { mergedObjects } from '../fleet/merged.ts';
import { nameOfGiven, wholeGiven } from '../engine/audit/given-text.ts';

/** The nodes and pods of five thousand nodes are some hundred MiB. */
const most = {
  bytes: 512 * 2 ** 20,
  hint: 'give a file for each kind, and of the pods ours alone: kubectl get pods -A -l app.kubernetes.io/part-of=cni-plugins-installer -o json',
};

/**
 * One file at a time is in memory.
 * @throws Failure `usage` where one can't be read, is cut, is no JSON, or has nothing that matters here
 */
export function givenCluster(sources: readonly TextSource[]): ClusterObjects {
  const objects = mergedObjects(sources.map(objectsIn));
  const { nodes, pods, attachments, daemonSets } = objects;
  if (nodes.length + pods.length + attachments.length + daemonSets.length > 0) return objects;
  throw new Failure('given-objects-unusable', {
    message: `--from ${sources.map(nameOfGiven).join(', ')} has no Node, DaemonSet, Pod or NetworkAttachmentDefinition`,
  });
}

function objectsIn(source: TextSource): ClusterObjects {
  const objects = readClusterObjects(wholeGiven(source, '--from', most));
  const [trouble, ...more] = objects.troubles;
  if (trouble !== undefined) {
    throw new Failure('given-objects-unusable', {
      message: `--from ${nameOfGiven(source)} can't be used: ${trouble}${more.length > 0 ? `, and ${more.length} more` : ''}`,
    });
  }
  if (objects.next === undefined) return objects;
  throw new Failure('given-objects-unusable', {
    message: `--from ${nameOfGiven(source)} has a list that goes on: it is one page of several`,
    hint: 'give the whole list: kubectl get without --raw brings all pages',
  });
}
