// What `fleet` answers, in the form that was asked for. Pure.

import { statusOf } from '../../failure/exit-statuses.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import { fleetFailsOn } from '../../fleet/survey.ts';
import type { Answer } from '../result.ts';
import { fleetPage } from './page/page.ts';
import { fleetJunit } from './junit.ts';
import { fleetText } from './text.ts';

export interface FleetTerms {
  readonly failOn: 'error' | 'warning' | 'never';
  readonly output: string;
}

/** Exit status 9 for a finding or an advice that is as grave as was asked for. */
export function fleetAnswer(fleet: Fleet, { failOn, output }: FleetTerms): Answer {
  return {
    text: fleetIn(output, fleet),
    json: fleet,
    exitStatus: statusOf(fleetFailsOn(fleet, failOn) ? 'findings' : 'success'),
  };
}

function fleetIn(output: string, fleet: Fleet): string {
  switch (output) {
    case 'html':
      return fleetPage(fleet);
    case 'junit':
      return fleetJunit(fleet);
    case 'json':
      return '';
    default:
      return fleetText(fleet);
  }
}
