// Takes from every Node what `watch` would leave behind: its startup taint, with the key TAINT, and the word of its condition,
// CONDITION, which becomes Unknown. Either may be empty. Ends with 1 where a Node could not be changed.
import { change, nodes } from './cluster.mjs';

const { TAINT: taint, CONDITION: condition } = process.env;

async function forget({ metadata: { name }, spec, status }) {
  const taints = spec.taints ?? [];
  const removals = taints.flatMap(({ key }, index) => (key === taint ? [removal(taints[index], index)] : []));
  if (taint !== '' && removals.length > 0) await change(`/api/v1/nodes/${name}`, 'json', removals.toReversed().flat());
  const stands = status.conditions?.find(({ type }) => type === condition);
  if (stands !== undefined) await change(`/api/v1/nodes/${name}/status`, 'strategic-merge', { status: { conditions: [unknown(stands)] } });
}

function removal(value, index) {
  const path = `/spec/taints/${index}`;
  return [{ op: 'test', path, value }, { op: 'remove', path }];
}

function unknown({ type, status, lastTransitionTime }) {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const since = status === 'Unknown' ? lastTransitionTime : now;
  const message = 'watch was uninstalled: nobody looks at this node';
  return { type, status: 'Unknown', reason: 'Uninstalled', message, lastHeartbeatTime: now, lastTransitionTime: since };
}

let looked = 0;
for await (const node of nodes()) {
  looked += 1;
  await forget(node).catch(async () => {
    // Somebody has changed it meanwhile: once more, as it is now.
    for await (const now of nodes(node.metadata.name)) await forget(now);
  }).catch((error) => {
    console.log(`${node.metadata.name}: ${error.message}`);
    process.exitCode = 1;
  });
}
console.log(process.exitCode === 1 ? `${looked} nodes were looked at` : `${looked} nodes have nothing of watch any more`);
