// For each command that the pages tell people to type: the test that types it, or why none can.

interface Typed {
  /** Its beginning, up to a space. */
  readonly command: string;
  /** The file that types it, and words that stand there because it does. */
  readonly by: string;
  readonly words: string;
}

interface Untyped {
  readonly command: string;
  readonly because: string;
}

export type Proof = Typed | Untyped;

const unpublished = 'it is about a published release, and none has been published';

export const proofs: readonly Proof[] = [
  ...typedBy('test/manifests/docs.test.ts', [
    'helm install multus ./manifests/chart',
    'helm install cni-plugins ./manifests/chart',
    'helm upgrade multus ./manifests/chart',
    'kustomize edit add component',
  ]),
  typedIn(
    'test/repository/publishing.test.ts',
    'helm install multus oci://ghcr.io/cni-plugins-installer/charts/cni-plugins-installer',
    'helm (install|upgrade --install)',
  ),
  typedIn(
    'test/manifests/on-node.test.ts',
    'kubectl apply -f manifests/multus-daemonset.yml',
    'multus-daemonset.yml',
  ),
  typedIn(
    'test/manifests/on-node.test.ts',
    'kubectl apply -f manifests/multus-daemonset-thick.yml',
    'multus-daemonset-thick.yml',
  ),
  typedIn(
    'test/manifests/on-node.test.ts',
    'kubectl apply -f manifests/examples/node-preparation.yml',
    'examples/node-preparation.yml',
  ),
  typedIn(
    'test/manifests/play.test.ts',
    'ansible-playbook -i inventory',
    'ansible-playbook --inventory inventory',
  ),
  ...typedBy('test/manifests/play.test.ts', ['ctr --namespace k8s.io run']),
  typedIn('test/support/dhcp-site.ts', 'cni-plugins-installer dhcp', "'dhcp', '--socket'"),
  ...typedBy('test/kubernetes/doctor.test.ts', [
    'kubectl debug node/NODE',
    'kubectl apply -f manifests/examples/doctor-job.yml',
    'kubectl -n kube-system logs -f job/cni-plugins-doctor',
    'kubectl -n kube-system exec daemonset/cni-plugins-watch',
    'kubectl describe pod POD',
    'kubectl get network-attachment-definitions,nodes,daemonsets',
  ]),
  ...typedBy('test/cli/documented.test.ts', [
    'mkdir -p cni',
    'mkdir -p oci',
    'docker run --rm --volume',
    'docker run --rm --network none',
    'jq . ledger.json',
    'sha256sum store/*',
    'mv originals/bridge',
  ]),
  ...typedBy('test/kubernetes/version-skew.test.ts', ['kubectl -n kube-system get configmap']),
  ...typedBy('test/cli/documented.test.ts', [
    'cni-plugins-installer fleet',
    'kubectl get nodes,daemonsets,network-attachment-definitions',
  ]),
  ...typedBy('test/kubernetes/damage.test.ts', [
    'kubectl get pods --all-namespaces',
    'kubectl get pods -A',
    'kubectl -n kube-system logs',
    'kubectl -n kube-system run verify-plugins',
    'kubectl -n kube-system rollout restart',
    'kubectl -n kube-system delete daemonset',
  ]),
  ...typedBy('test/kubernetes/helm-test.test.ts', [
    'kubectl -n kube-system rollout status',
    'helm test multus',
  ]),
  ...typedBy('test/kubernetes/roll-out.test.ts', [
    'for node in',
    'helm install cni-plugins-ahead',
    'helm test cni-plugins-ahead',
    'helm uninstall cni-plugins-ahead',
  ]),
  ...typedBy('test/kubernetes/takeover.test.ts', [
    'helm upgrade --install multus',
    'for object in',
    'kubectl label namespace',
    'kubectl get network-attachment-definitions',
    'kubectl delete crd',
  ]),
  typedIn('test/kubernetes/cluster/release.ts', 'helm uninstall multus', "'uninstall', 'multus'"),
  ...typedBy('.ci/run', ['make test']),
  typedIn('test/node/demo.test.ts', 'make demo', "'make', ['demo']"),
  typedIn('test/cli/bench.test.ts', 'node test/bench/bench.ts', 'test/bench/bench.ts'),
  typedIn('test/image/dockerfile.test.ts', 'docker build', 'buildah'),
  ...untyped('it measures for a quarter of an hour; its parts are run, small, by test/cli/bench.test.ts', [
    'make bench',
    'make bench-profile',
  ]),
  ...untyped('it boots virtual machines for a quarter of an hour, beside what every change has to pass', [
    'make test-machines',
  ]),
  ...untyped('it pushes to a registry', ['skopeo copy']),
  ...untyped(unpublished, ['cosign', 'gh attestation', 'git checkout vX.Y.Z', 'IMAGE_SOURCE=']),
];

/** By a file in which these beginnings stand word for word. */
function typedBy(by: string, commands: readonly string[]): Typed[] {
  return commands.map((command) => ({ command, by, words: command }));
}

function typedIn(by: string, command: string, words: string): Typed {
  return { command, by, words };
}

function untyped(because: string, commands: readonly string[]): Untyped[] {
  return commands.map((command) => ({ command, because }));
}

export function speaksFor(proof: Proof, command: string): boolean {
  return `${command} `.startsWith(proof.command.endsWith('=') ? proof.command : `${proof.command} `);
}
