// Which proxy, if any, a URL goes through: HTTP_PROXY, HTTPS_PROXY and NO_PROXY as curl and Go read them.

import { BlockList, isIP } from 'node:net';
import { Failure } from '../../failure/failure.ts';
import { hostOf, portOf, redactUrl } from '../url.ts';

/** The values of the environment variables, already chosen among upper and lower case. */
export interface ProxySettings {
  readonly https?: string | undefined;
  readonly http?: string | undefined;
  readonly noProxy?: string | undefined;
}

/** The proxy for this URL, or undefined for a direct connection. Throws a usage Failure for a value that is no proxy URL. */
export function proxyFor(url: URL, settings: ProxySettings): URL | undefined {
  const value = (url.protocol === 'https:' ? settings.https : settings.http) ?? '';
  if (value.trim() === '' || bypassesProxy(url, settings.noProxy)) return undefined;
  return parseProxy(value.trim());
}

/** `proxy:3128` without a scheme means http, as everywhere. */
function parseProxy(value: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (URL.canParse(text)) {
    const proxy = new URL(text);
    if (proxy.protocol === 'http:' || proxy.protocol === 'https:') return proxy;
  }
  throw new Failure('proxy-invalid', {
    message: `the proxy ${redactUrl(text)} is not usable: wanted http://host:port or https://host:port`,
  });
}

/**
 * Whether NO_PROXY names this URL. Entries are separated by commas or spaces: `*`, a host (its subdomains too, with or
 * without a leading dot or `*.`), an address, a CIDR range, each optionally with a port. Names are not resolved.
 */
export function bypassesProxy(url: URL, noProxy: string | undefined): boolean {
  const entries = (noProxy ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.some((entry) => entryMatches(entry.toLowerCase(), url));
}

function entryMatches(entry: string, url: URL): boolean {
  if (entry === '*') return true;
  const { host: wanted, port } = splitPort(entry);
  if (port !== undefined && port !== portOf(url)) return false;
  const host = withoutTrailingDot(hostOf(url));
  if (isIP(host) !== 0) return addressMatches(wanted, host);
  const suffix = withoutTrailingDot(wanted.replace(/^\*?\./, ''));
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
}

function splitPort(entry: string): { host: string; port: number | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry);
  const plain = /^([^:]*):(\d+)$/.exec(entry);
  const [, host, port] = bracketed ?? plain ?? [undefined, entry, undefined];
  return { host: host ?? entry, port: port === undefined ? undefined : Number(port) };
}

function addressMatches(wanted: string, host: string): boolean {
  const [address = '', prefix] = wanted.split('/');
  const version = isIP(address);
  if (version === 0 || (prefix !== undefined && !isPrefix(prefix, version))) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  const range = new BlockList();
  if (prefix === undefined) range.addAddress(address, family);
  else range.addSubnet(address, Number(prefix), family);
  return range.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}

function isPrefix(text: string, version: number): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= (version === 6 ? 128 : 32);
}

function withoutTrailingDot(host: string): string {
  return host.replace(/\.$/, '');
}
