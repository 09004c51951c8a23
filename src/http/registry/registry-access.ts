// How one repository of a registry is opened: nothing is shown before it is asked for, and then only what was asked for.

import type { Access, Asking } from '../request.ts';
import { type Challenge, challengesIn } from './challenge.ts';
import type { RegistryCredentials } from './docker-config.ts';
import { basicOf, fetchToken } from './token.ts';

export interface Visit {
  readonly repository: string;
  /** Undefined for whoever asks. */
  readonly credentials: RegistryCredentials | undefined;
  /** What the operator does when the registry lets us not in. */
  readonly hint: string;
}

interface Pass {
  readonly header: string;
  readonly untilMs: number;
}

/** Kept over all requests of one source: a token is used until it expires, or is refused. */
export function registryAccess(visit: Visit, now: () => number): Access {
  let held: Pass | undefined;
  return {
    hint: visit.hint,
    shown: () => (held !== undefined && now() < held.untilMs ? held.header : undefined),
    answerTo: async (header, asking) => {
      const refused = held;
      held = await passFor(challengesIn(header), visit, asking, now());
      return held?.header === refused?.header ? undefined : held?.header;
    },
  };
}

/** Undefined where we have nothing of what is wanted. */
async function passFor(
  challenges: readonly Challenge[],
  visit: Visit,
  asking: Asking,
  nowMs: number,
): Promise<Pass | undefined> {
  const { credentials } = visit;
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) {
    if (credentials?.kind === 'registry-token') return unending(`Bearer ${credentials.token}`);
    const { text, lifetimeMs } = await fetchToken({ ...visit, challenge: bearer, nowMs }, asking);
    return { header: `Bearer ${text}`, untilMs: nowMs + lifetimeMs };
  }
  const basic = challenges.some(({ scheme }) => scheme === 'basic') ? basicOf(credentials) : undefined;
  return basic === undefined ? undefined : unending(basic);
}

function unending(header: string): Pass {
  return { header, untilMs: Infinity };
}
