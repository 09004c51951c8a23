// Times as Kubernetes has them: RFC 3339, whole seconds.

/** @param atMs since the epoch */
export function timestamp(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
