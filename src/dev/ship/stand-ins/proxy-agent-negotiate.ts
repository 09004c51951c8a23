// Stands in for proxy-agent-negotiate: proxies that want Kerberos are not among those we serve, and it would look for one.

export function createNegotiateAuth(): never {
  throw new Error('Kerberos is not part of this bundle');
}
