// A plan as a table for people. Pure.

import type { Action, Plan } from '../node/plugins/plan.ts';

/** One line a name: what is done, and why. */
export function planText(plan: Plan): string {
  const width = Math.max(4, ...plan.map(({ name }) => name.length));
  return plan.map((action) => `  ${action.name.padEnd(width)}  ${actionWords(action)}\n`).join('');
}

const placeReasons = {
  absent: 'it is absent',
  vanished: 'it has vanished',
  changed: 'its bytes have changed',
  'not-executable': 'it is not executable',
  'other-mode': 'its permission bits differ',
  'other-version': 'it is of another release',
  foreign: "another installer's is there; that one is kept for uninstall",
  'foreign-broken': "another installer's is there and does not work; that one is kept for uninstall",
  directory: 'a directory is in its place',
  special: 'something that is not a file is in its place',
  conflict: "another installer's is there",
  'was-there-before': 'it was there before us',
  gone: 'it is gone',
  unread: 'it may not be read, so nobody knows whose it is',
  called: "the network of this node's pods calls it",
} as const;

function actionWords(action: Action): string {
  switch (action.do) {
    case 'leave':
      return action.as === 'kept' ? "keep     another installer's, which works" : 'leave    it is intact';
    case 'adopt':
      return 'adopt    the same bytes are already there';
    case 'keep':
      return "keep     another installer's, which works";
    case 'place':
      return `place    ${placeReasons[action.because]}`;
    case 'remove':
      return 'remove   it is no longer wanted';
    case 'restore':
      return 'restore  it is no longer wanted; what was there before comes back';
    case 'disown':
      return `disown   it is no longer wanted; ${placeReasons[action.because]}`;
    case 'refuse':
      return `REFUSE   ${placeReasons[action.because]}`;
  }
}
