// A fleet as one page that asks nobody for anything: to be opened, printed and sent around. Pure.

import { createHash } from 'node:crypto';
import type { Fleet } from '../../../fleet/fleet.ts';
import { aboutSection } from './about.ts';
import { attachmentsSection } from './attachments.ts';
import { classesSection } from './classes.ts';
import { fleetAdviceSection, findingsSection } from './findings.ts';
import { type Html, html } from './html.ts';
import { nodesSection } from './nodes.ts';
import { header, nodeMap, tiles } from './overview.ts';
import { rivalsSection } from './rivals.ts';
import { pageScript } from './script.ts';
import { pageStyle } from './style.ts';

/** Nothing but this style and this script counts, whatever a name in the cluster tries. */
const contentPolicy = [
  "default-src 'none'",
  `style-src '${digestOf(pageStyle)}'`,
  `script-src '${digestOf(pageScript)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export function fleetPage(fleet: Fleet): string {
  return `${top}${bodyOf(fleet).toString()}${bottom}`;
}

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** Style, script and policy are the page's own, and no text: nothing of the cluster stands beside them. */
const top = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<style>${pageStyle}</style>
`;

const bottom = `<script>${pageScript}</script>
</body>
</html>
`;

function bodyOf(fleet: Fleet): Html {
  const name = fleet.cluster === '' ? 'cluster' : fleet.cluster;
  return html`<title>CNI plugins of ${name}</title>
    </head>
    <body>
      <a class="skip" href="#findings">To what is wrong</a>
      ${header(fleet)}
      <main>
        ${tiles(fleet)} ${nodeMap(fleet)} ${findingsSection(fleet)} ${classesSection(fleet)}
        ${attachmentsSection(fleet)} ${rivalsSection(fleet)} ${fleetAdviceSection(fleet)}
        ${nodesSection(fleet)}
      </main>
      ${aboutSection(fleet)}
     `;
}
