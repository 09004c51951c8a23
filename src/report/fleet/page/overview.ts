// The top of the page: what the cluster is called, how it stands in one sentence, six numbers, every node as a square. Pure.

import type { Fleet, StandingWord } from '../../../fleet/fleet.ts';
import { spaced } from '../../../fleet/wording.ts';
import { capitalised } from '../../summary.ts';
import { standingWords } from '../class-words.ts';
import { fleetReadiness, severityCounts } from '../headline.ts';
import { type Html, html } from './html.ts';

export function header(fleet: Fleet): Html {
  const taken = fleet.taken.replace('T', ' ').slice(0, 16);
  return html`<header>
    <p class="eyebrow">CNI plugins of the fleet</p>
    <h1>${fleet.cluster === '' ? 'Cluster' : fleet.cluster}</h1>
    <p class="lead"><b>${capitalised(fleetReadiness(fleet))}.</b> ${capitalised(severityCounts(fleet))}.</p>
    <p class="taken">
      Taken <time datetime="${fleet.taken}">${taken} UTC</time> by cni-plugins-installer
      ${fleet.installerVersion}
    </p>
  </header>`;
}

interface Tile {
  readonly what: string;
  readonly number: string;
  readonly of?: string;
  readonly why: string;
  readonly tone: 'good' | 'error' | 'warning' | 'quiet';
  readonly to: string;
}

export function tiles(fleet: Fleet): Html {
  return html`<ul class="tiles">
    ${tilesOf(fleet).map(tileHtml)}
  </ul>`;
}

function tileHtml({ what, number, of, why, tone, to }: Tile): Html {
  return html`<li>
    <a class="${tone}" href="#${to}"
      ><span class="what">${what}</span
      ><span class="number">${number}${of !== undefined && html` <small>of ${of}</small>`}</span
      ><span class="why">${why}</span></a
    >
  </li> `;
}

function tilesOf(fleet: Fleet): Tile[] {
  return [
    readyTile(fleet),
    troubleTile(fleet),
    untoldTile(fleet),
    releaseTile(fleet),
    nadTile(fleet),
    rivalTile(fleet),
  ];
}

function readyTile({ summary: { nodes, ready } }: Fleet): Tile {
  const isAll = ready === nodes && nodes > 0;
  const why = isAll
    ? 'every set is as it was wished'
    : nodes - ready === 1
      ? 'one is not'
      : `${spaced(nodes - ready)} are not`;
  return {
    what: 'Nodes ready',
    number: spaced(ready),
    of: spaced(nodes),
    why,
    tone: isAll ? 'good' : 'warning',
    to: 'classes',
  };
}

function troubleTile({ summary: { failed, degraded } }: Fleet): Tile {
  const why = degraded === 0 ? 'none goes on with an earlier set' : `${spaced(degraded)} more degraded`;
  return {
    what: 'Nodes failed',
    number: spaced(failed),
    why,
    tone: failed > 0 ? 'error' : degraded > 0 ? 'warning' : 'good',
    to: 'findings',
  };
}

function untoldTile({ summary: { unknown }, nodes }: Fleet): Tile {
  const stale = nodes.filter(({ standing }) => standing === 'stale').length;
  return {
    what: 'Nodes not told of',
    number: spaced(unknown),
    why:
      stale === 0
        ? unknown === 0
          ? 'every node has told'
          : 'without a report of ours'
        : `${spaced(stale)} did not answer`,
    tone: unknown > 0 ? 'warning' : 'good',
    to: unknown > 0 ? 'findings' : 'nodes',
  };
}

function releaseTile({ summary: { byRelease, skewed } }: Fleet): Tile {
  const releases = Object.entries(byRelease).filter(([release]) => release !== 'none');
  const ranked = releases.toSorted(([, a], [, b]) => b - a);
  const why = ranked.slice(0, 3).map(([release, nodes]) => `${release} on ${spaced(nodes)}`);
  return {
    what: releases.length === 1 ? 'Release' : 'Releases',
    number: spaced(releases.length),
    why: why.length === 0 ? 'none is known' : why.join(', '),
    tone: skewed > 0 ? 'warning' : releases.length === 0 ? 'quiet' : 'good',
    to: 'classes',
  };
}

function nadTile({ summary: { nadsBroken }, attachments }: Fleet): Tile {
  const none = attachments.length === 0;
  return {
    what: 'NADs that would fail',
    number: spaced(nadsBroken),
    ...(none ? {} : { of: spaced(attachments.length) }),
    why: none ? 'no NAD was given' : nadsBroken === 0 ? 'none is foretold to' : 'on some node, or on all',
    tone: none ? 'quiet' : nadsBroken > 0 ? 'error' : 'good',
    to: 'attachments',
  };
}

function rivalTile({ summary: { rivals } }: Fleet): Tile {
  return {
    what: 'Other writers',
    number: spaced(rivals),
    why:
      rivals === 0
        ? 'nobody else mounts the bin dir'
        : rivals === 1
          ? 'a DaemonSet that may place plugins'
          : 'DaemonSets that may place plugins',
    tone: rivals > 0 ? 'warning' : 'good',
    to: 'rivals',
  };
}

const worstFirst: readonly StandingWord[] = ['failed', 'degraded', 'stale', 'unknown', 'well'];

/** Every node as a square, worst first: five thousand fit above the fold. */
export function nodeMap({ nodes }: Fleet): Html {
  const counts = worstFirst
    .map((standing) => ({ standing, count: nodes.filter((node) => node.standing === standing).length }))
    .filter(({ count }) => count > 0);
  if (counts.length === 0) return html``;
  const label = counts.map(({ standing, count }) => `${spaced(count)} ${standingWords[standing]}`).join(', ');
  const legend = counts.map(
    ({ standing, count }) =>
      html`<li><span class="dot f-${standing}"></span>${spaced(count)} ${standingWords[standing]}</li>`,
  );
  return html`<div class="map">
    ${squares(counts, { label, columns: columnsFor(nodes.length, 160), kind: 'wide' })}
    ${squares(counts, { label, columns: columnsFor(nodes.length, 60), kind: 'narrow' })}
    <ul class="legend">
      ${legend}
    </ul>
  </div>`;
}

/** Few nodes get large squares, but none larger than a fifteenth of the width. */
function columnsFor(nodes: number, most: number): number {
  return Math.min(most, Math.max(most / 4, Math.ceil(Math.sqrt(nodes * 5))));
}

interface Grid {
  readonly label: string;
  readonly columns: number;
  readonly kind: string;
}

const cell = 10;

/** A run of cells is at most three rectangles; a pattern cuts them into squares. */
function squares(
  counts: readonly { readonly standing: StandingWord; readonly count: number }[],
  { label, columns, kind }: Grid,
): Html {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const [width, height] = [columns * cell, Math.ceil(total / columns) * cell];
  let from = 0;
  const runs = counts.map(({ standing, count }) => {
    const path = runPath(from, from + count, columns);
    from += count;
    return html`<path class="f-${standing}" d="${path}" />`;
  });
  return html`<svg class="${kind}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
    <defs>
      <pattern id="${kind}-cells" width="${cell}" height="${cell}" patternUnits="userSpaceOnUse">
        <rect x=".8" y=".8" width="8.4" height="8.4" rx="1.6" fill="#fff" />
      </pattern>
      <mask id="${kind}-mask"><rect width="${width}" height="${height}" fill="url(#${kind}-cells)" /></mask>
    </defs>
    <g mask="url(#${kind}-mask)">${runs}</g>
  </svg>`;
}

function runPath(from: number, to: number, columns: number): string {
  const rows = [];
  const [first, last] = [Math.floor(from / columns), Math.floor((to - 1) / columns)];
  for (let row = first; row <= last; row += 1) {
    const left = row === first ? from % columns : 0;
    const right = row === last ? ((to - 1) % columns) + 1 : columns;
    rows.push(`M${left * cell} ${row * cell}h${(right - left) * cell}v${cell}H${left * cell}z`);
  }
  return rows.join('');
}
