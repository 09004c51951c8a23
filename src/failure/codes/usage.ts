// Codes of what was asked in a way that can't be carried out (exit status 2).

import type { CodeEntry } from './entry.ts';

export const usageCodes = {
  'unknown-verb': {
    means: 'there is no such verb',
    remedy: 'run with --help to see what each verb does',
  },
  'stray-word': {
    means: 'a word stands where an option was expected',
    remedy: 'options begin with --; put the value of an option right behind it',
  },
  'unknown-option': {
    means: 'there is no such option',
    remedy: 'run with --help to see the options',
    page: '[options](options.md)',
  },
  'unknown-variable': {
    means:
      'the environment has a variable with our prefix that is none of ours; a failure under --strict, else a warning',
    remedy: 'correct its name, or leave it out',
    page: '[options](options.md)',
  },
  'option-of-another-verb': {
    means: 'the option does not concern this verb',
    remedy: 'leave it out, or run the verb it belongs to',
  },
  'given-twice': {
    means: 'an option that takes one value was given several times',
    remedy: 'give it once',
  },
  'empty-value': {
    means: 'an option was given without a value',
    remedy: 'give it a value, or leave it out',
  },
  'bad-value': {
    means: 'a value does not parse, or is not among those that are accepted',
    remedy: 'correct the value to one that is wanted there',
    page: '[options](options.md)',
  },
  'unknown-plugin': {
    means: 'the release has no such plugin, by the catalog',
    remedy: 'correct the name, or choose a release that has it with --cni-version',
  },
  'nothing-wanted': {
    means: 'every plugin that is named is also among those to leave out',
    remedy: 'name more with --plugins, or fewer with --skip (SKIP_CNI_BINARIES)',
  },
  'refused-version': {
    means: 'the release is known to be unusable',
    remedy: 'take the release that is named instead',
  },
  'digest-of-other-platforms': {
    means: "the digests given are for other architectures than this node's",
    remedy: 'add the digest for this architecture, as in arm64=<hex>',
  },
  'unknown-architecture': {
    means: 'upstream has no plugins for the architecture of this node',
    remedy: 'keep the pod off such nodes with a nodeSelector on kubernetes.io/arch',
  },
  'no-directory': {
    means: '`bundle` was not told where to',
    remedy: 'give --directory DIR, or --check DIR to verify a bundle',
  },
  'unknown-release': {
    means: 'the catalog does not know the release',
    remedy: 'see all that are known with the verb `releases`, without options',
  },
  'unknown-runtime': {
    means: 'the catalog does not know the container runtime',
    remedy: 'give its name and minor version, as in containerd/1.7',
  },
  'not-a-kubernetes-version': {
    means: 'the text is not a version of Kubernetes',
    remedy: 'give a minor version, as in 1.34',
  },
  'url-scheme': {
    means: 'the address is neither http nor https',
    remedy: 'give an http or https URL',
  },
  'proxy-invalid': {
    means: 'the proxy in the environment is not a usable address',
    remedy: 'correct HTTPS_PROXY or HTTP_PROXY, or unset it',
  },
  'listen-refused': {
    means: 'the address or the port that `watch` shall be asked at is taken, or not to be had',
    remedy: 'give another one with --listen (CNI_PLUGINS_LISTEN), or --listen off',
  },
  'node-name-missing': {
    means: 'the name of the node that Kubernetes shall be told of is not known',
    remedy: 'give it with --node-name (NODE_NAME), in a pod by fieldRef spec.nodeName',
  },
  'not-in-a-pod': {
    means: 'nobody says where the API server is that shall be told of the node',
    remedy: 'run it in a pod, or leave out --node-condition, --events and --startup-taint',
  },
  'given-file-unreadable': {
    means: 'a file that `doctor` or `fleet` was given to read could not be read',
    remedy: 'give a path as this process sees it, or `-` and the text on standard input',
  },
  'given-objects-unusable': {
    means:
      "what `fleet` was given is not kubectl's JSON of a cluster: no JSON, cut, or of another API version",
    remedy:
      'give what `kubectl get nodes,daemonsets -A -o json` writes, and so for pods and network-attachment-definitions',
    page: '[fleet](fleet.md)',
  },
  'registry-auth-unreadable': {
    means: 'the file with your credentials for registries could not be read',
    remedy:
      'see that the pull secret is mounted into the container, and its key is the name in --registry-auth',
  },
  'registry-auth-invalid': {
    means: 'the file with your credentials for registries is not a docker config.json',
    remedy:
      'give --registry-auth the file as `docker login` and pull secrets have it: {"auths":{"<host>":{"auth":"…"}}}',
  },
  'ca-file-unreadable': {
    means: 'the file with your certificate authorities could not be read',
    remedy: 'see that the file is mounted into the container',
  },
  'ca-file-invalid': {
    means: 'the file with your certificate authorities has no usable certificate',
    remedy: 'give --ca-file a PEM file with one or more "BEGIN CERTIFICATE" blocks',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
