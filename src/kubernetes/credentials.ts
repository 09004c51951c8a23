// What a pod may say of itself to the API server, from the files that the kubelet keeps up to date.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authorities, authoritiesWith } from '../http/authorities.ts';
import { systemReason } from '../lib/errno.ts';
import { ApiTrouble } from './api-trouble.ts';

export interface PodCredentials {
  readonly token: string;
  /** The cluster's own, and no other: a public authority has no say about an API server. */
  readonly authorities: Authorities;
}

/**
 * Read for each request anew: a token is replaced while the pod runs, an authority when the cluster rotates it.
 * @param directory where the service account is mounted
 * @throws ApiTrouble `no-token`
 */
export function readCredentials(directory: string): PodCredentials {
  const token = read(join(directory, 'token')).trim();
  if (token === '') throw new ApiTrouble('no-token', `${directory}/token is empty`);
  const { own } = authoritiesWith(read(join(directory, 'ca.crt')));
  return { token, authorities: { own, all: async () => own } };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    throw new ApiTrouble('no-token', `${path} could not be read: ${reason}`, { cause: error });
  }
}
