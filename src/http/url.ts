// What of a URL people may see, and what of it which server may see.

import { unescape } from 'node:querystring';

/** Names of query parameters that carry a secret: presigned S3, Azure SAS, Google and CloudFront URLs, plain tokens. */
const secretParameter = /sig|token|secret|passw|credential|auth|jwt|key|policy/i;

const hidden = '***';

/**
 * The URL for logs and messages: user part, secret query values and fragment hidden.
 * Text that is no URL comes back with anything that looks like a user part hidden.
 */
export function redactUrl(url: URL | string): string {
  const shown = URL.canParse(String(url)) ? new URL(url) : undefined;
  // `user:word@host` parses too, as a URL of the scheme "user".
  if (shown === undefined || shown.host === '') return String(url).replace(/^(\w+:\/\/)?.*@/, `$1${hidden}@`);
  const user = shown.username !== '' || shown.password !== '' ? `${hidden}@` : '';
  const query = [...shown.searchParams]
    .map(([name, value]) => `${name}=${shownValue(name, value)}`)
    .join('&');
  return `${shown.protocol}//${user}${shown.host}${shown.pathname}${query === '' ? '' : `?${query}`}`;
}

function shownValue(name: string, value: string): string {
  return secretParameter.test(name) ? hidden : encodeURIComponent(value);
}

/** The same URL without its user part. */
export function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

/** The value of an `Authorization` or `Proxy-Authorization` header (RFC 7617), or undefined where the URL names no user. */
export function basicCredentials(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  // Not decodeURIComponent: a lone % is legal in what people type as a password.
  const pair = `${unescape(url.username)}:${unescape(url.password)}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

/**
 * Whether credentials for one URL may go to another: same scheme, host and port; also from http to https of the same
 * host on their default ports, since that only gains secrecy.
 */
export function mayShareCredentials(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true;
  const bothDefaultPorts = from.port === '' && to.port === '';
  return (
    bothDefaultPorts && from.hostname === to.hostname && from.protocol === 'http:' && to.protocol === 'https:'
  );
}

/** The port a connection for this URL goes to. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** The host name or address without the brackets of an IPv6 literal, as sockets and certificates want it. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}
