// Codes of an archive that could not be obtained (exit status 3).

import type { CodeEntry } from './entry.ts';

const route = "check the node's route to it: firewall, HTTPS_PROXY and NO_PROXY";
const credentials =
  'check the credentials, in the URL of --mirror or in the file of --registry-auth, and whether they may read this path';
const authority =
  'if the authority is your own (internal mirror, inspecting proxy), give its certificate with --ca-file';
const otherSource = '; on a node with an earlier set the run is only degraded';
const elsewhere = 'or name another mirror, or go [without a network](air-gap.md)';

export const acquisitionCodes = {
  dns: {
    means: `the host name of the source, or of the proxy, did not resolve${otherSource}`,
    remedy:
      "check that the host's name resolves to the right address; an unreachable cluster DNS is usual at a reboot",
    page: elsewhere,
  },
  'connect-timeout': {
    means: `no connection came about in time${otherSource}`,
    remedy: route,
    page: elsewhere,
  },
  refused: { means: `the connection was refused${otherSource}`, remedy: route, page: elsewhere },
  reset: { means: 'the connection broke, each time it was tried', remedy: route, page: elsewhere },
  network: { means: `the source is out of reach${otherSource}`, remedy: route, page: elsewhere },
  'idle-timeout': { means: 'the connection stood, but nothing more came', remedy: route },
  deadline: {
    means: 'the archive was not complete in the time that was left for it',
    remedy:
      'give a longer --timeout (CNI_PLUGINS_TIMEOUT), or a mirror that is nearer; what has arrived is kept and continued at the next start',
    page: 'with our chart `cniPlugins.timeout`',
  },
  unauthorized: { means: 'the server wants credentials', remedy: credentials },
  forbidden: { means: 'the server does not let these credentials read the archive', remedy: credentials },
  'not-found': {
    means: 'the mirror does not have this version or platform',
    remedy:
      'check the version and the base URL of --mirror: <base>/<version>/cni-plugins-linux-<arch>-<version>.tgz must exist there',
    page: 'in a registry: a layer of that title under the tag `<version>`, as [bundle --layout oci](air-gap.md#a-registry) makes it',
  },
  overloaded: {
    means: 'the server limits requests',
    remedy: 'name an internal mirror (--mirror), which takes the load off it',
  },
  'http-status': {
    means: 'the server answered with a status that brings no archive',
    remedy: 'look for that status in the log of the server, or of the proxy before it',
  },
  'redirect-refused': {
    means: 'a redirect led from https to http, to no usable place, or on and on',
    remedy: 'give --mirror the base URL that the server finally redirects to',
  },
  'registry-answer-unusable': {
    means: 'the registry, or its token service, answered with something that is none of its answers',
    remedy: 'see what answers there in its place: a login page, a proxy, a web server that is no registry',
  },
  'registry-realm-refused': {
    means: 'the registry names a place to get tokens from that is not safe to show credentials to',
    remedy:
      "correct the realm in the registry's configuration: it has to be an https address where the registry is one",
  },
  'proxy-unauthorized': {
    means: 'the proxy wants credentials',
    remedy: 'check the user and password in HTTP_PROXY or HTTPS_PROXY',
  },
  'proxy-refused': {
    means: 'the proxy does not let us through to the source',
    remedy: "check the proxy's rules, or name the host in NO_PROXY",
  },
  'tls-unknown-authority': {
    means: 'the certificate of the mirror or proxy is from an authority that is not known here',
    remedy: authority,
    page: 'with our chart `cniPlugins.mirror.ca`',
  },
  'tls-self-signed': {
    means: 'the mirror or proxy has a self-signed certificate',
    remedy: authority,
    page: 'with our chart `cniPlugins.mirror.ca`',
  },
  'tls-name-mismatch': {
    means: 'the certificate is for another host name',
    remedy: "use the name that the certificate has, or correct the server's certificate",
  },
  'tls-expired': {
    means: 'the certificate has expired, or is not valid yet',
    remedy: "check the node's clock first, then renew the server's certificate",
  },
  'tls-not-spoken': {
    means: 'the port does not speak TLS',
    remedy: 'check scheme and port: https towards a port that speaks plain http gives this',
  },
  'body-cut': {
    means: 'the connection broke in the middle of the archive, each time it was tried',
    remedy: `${route}; what has arrived is kept and continued at the next start`,
  },
  'body-empty': {
    means: 'the answer had no content',
    remedy: 'look at the file on the server: it is empty, or something on the way answers in its place',
  },
  'body-length': {
    means: 'the answer had fewer or more bytes than it said',
    remedy: 'look for something on the way that changes answers: a proxy, a cache, an inspecting firewall',
  },
  'body-too-large': {
    means: 'the answer is larger than any plugin archive',
    remedy: 'check the URL of --mirror: this is not a plugin archive',
  },
  'archive-unavailable': {
    means: 'the local archive is not there or not readable, or no source had it',
    remedy: 'see that a mirror is reachable (--mirror, HTTPS_PROXY), or give the tarball with --archive',
    page: 'with our chart and `cniPlugins.source=bundled`: is the image the `-bundled` one? With an image volume: Kubernetes before 1.35 drops it in silence without its feature gate `ImageVolume`',
  },
  'set-incomplete': {
    means: 'the archive could not be obtained, and the earlier set on the node lacks a requested plugin',
    remedy: 'make a source reachable, or request only plugins that the node has',
  },
  'cluster-not-asked': {
    means: 'the API server of the cluster could not be asked, or did not answer with what was asked for',
    remedy: 'see that kubectl works here by `kubectl get nodes`, or give what it writes with --from',
    page: '[fleet](fleet.md)',
  },
  'no-bundle': {
    means: 'the directory does not hold a bundle',
    remedy: 'make one with `bundle --directory DIR` on a connected machine',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
