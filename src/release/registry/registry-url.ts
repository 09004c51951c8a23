// The address of a repository in a container registry, as a mirror: `oci://`, and `oci+http://` without TLS. Pure.

export interface Repository {
  /** `http` or `https`; with the user part that was given. */
  readonly registry: URL;
  /** Its name there. */
  readonly name: string;
}

const schemes: Readonly<Record<string, string>> = { 'oci:': 'https://', 'oci+http:': 'http://' };

export function isRegistryUrl({ protocol }: URL): boolean {
  return Object.hasOwn(schemes, protocol);
}

/** The distribution specification, "pulling manifests". */
const repositoryName = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Why it is not the address of a repository; undefined where it is. */
export function faultOfRegistryUrl(url: URL): string | undefined {
  const name = nameIn(url);
  if (url.host === '' || registryIn(url) === undefined) return 'names no registry';
  if (name === '') return 'names no repository';
  if (/[:@][^/]*$/.test(name)) return 'has a tag or a digest, which follow from the version';
  if (!repositoryName.test(name) || url.search !== '' || url.hash !== '')
    return 'is not the name of a repository: lower case, digits, and single . _ - between them';
  return undefined;
}

/** Of an address that has no fault. */
export function repositoryAt(url: URL): Repository {
  const registry = registryIn(url);
  if (registry === undefined) throw new Error(`${url.host} is not the address of a repository`);
  return { registry, name: nameIn(url) };
}

function nameIn({ pathname }: URL): string {
  return pathname.replaceAll(/^\/|\/$/g, '');
}

/** A URL of a scheme that is not known cannot be given one that is, so the text has to be read anew. */
function registryIn({ href, protocol }: URL): URL | undefined {
  const text = `${schemes[protocol] ?? ''}${href.slice(`${protocol}//`.length)}`;
  const registry = URL.parse(text);
  if (registry === null) return undefined;
  registry.pathname = '/';
  registry.search = '';
  registry.hash = '';
  return registry;
}
