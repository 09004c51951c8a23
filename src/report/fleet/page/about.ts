// The foot of the page: how it was taken, how old what it tells is, and what could not be seen. Pure.

import type { Fleet, FleetNode } from '../../../fleet/fleet.ts';
import { countOf, spaced } from '../../../fleet/wording.ts';
import { type Html, html } from './html.ts';
import { ageWords } from './parts.ts';

const sourceWords: Readonly<Record<Fleet['sources'][number], string>> = {
  termination: 'what our containers left in the status of their pods when they ended',
  condition: 'the condition that watch writes on its node',
  live: 'what watch answered when it was asked',
};

export function aboutSection(fleet: Fleet): Html {
  return html`<footer>
    <h2 id="about">How this was taken</h2>
    <ul>
      ${remarks(fleet).map((remark) => html`<li>${remark}</li>`)}
    </ul>
  </footer>`;
}

function remarks({ sources, nodes, attachments, classes }: Fleet): string[] {
  const interfaces = nodes.filter((node) => node.interfaces === null).length;
  return [
    sources.length === 0
      ? 'Nothing of ours has told of any node.'
      : `Known from ${sources.map((source) => sourceWords[source]).join(', and ')}.`,
    ...ages(nodes),
    ...incompletenessOf(classes),
    ...(attachments.length > 0 && interfaces > 0
      ? [
          `Whether an interface is there that an attachment stands on is not known of ${countOf(interfaces, 'node')}; watch tells it when it is asked (--live).`,
        ]
      : []),
    'Primary CNI configurations of the nodes are not seen from here: doctor looks at them, on a node.',
    'This page asks nobody for anything: it has no link to a style, a font or a script, and its policy refuses any.',
  ];
}

function ages(nodes: readonly FleetNode[]): string[] {
  const seconds = nodes.flatMap(({ ageSeconds }) => ageSeconds ?? []).toSorted((a, b) => a - b);
  const [youngest, oldest] = [seconds[0], seconds.at(-1)];
  if (youngest === undefined || oldest === undefined) return [];
  return [
    `The newest word of a node is ${ageWords(youngest)} old, the oldest ${ageWords(oldest)}; what has changed since on a node without watch is not seen.`,
  ];
}

function incompletenessOf(classes: Fleet['classes']): string[] {
  const nodes = classes.filter(({ complete }) => !complete).reduce((sum, one) => sum + one.nodes.length, 0);
  return nodes === 0
    ? []
    : [
        `Of ${spaced(nodes)} ${nodes === 1 ? 'node' : 'nodes'} not all programs in the bin dir are known, so that nothing is claimed of plugins which are not named.`,
      ];
}
