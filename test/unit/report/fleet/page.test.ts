// Promises of the page: whatever a cluster calls its things, they are text; and only the page's own style and script count.

import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../../../src/fleet/fleet.ts';
import { fleetAnswer } from '../../../../src/report/fleet/answer.ts';
import { html } from '../../../../src/report/fleet/page/html.ts';
import { fleetPage } from '../../../../src/report/fleet/page/page.ts';
import { fleetText } from '../../../../src/report/fleet/text.ts';
import { largeCluster, troubledCluster } from '../../../support/fleet/sample-fleets.ts';
import { fleetIn } from '../../../support/fleet/seen-fleet.ts';

const troubled = fleetIn([troubledCluster()], { cluster: 'prod-eu-1' });

/** What moves a cursor, or turns the direction of writing. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const obeyed = new RegExp('[\\u0000-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]');

const attacks = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '${alert(1)}',
  '--><svg/onload=alert(1)>',
  '&lt;b&gt;',
  '\u0000\u001b[2J\u001b]0;title\u0007',
  'a\u202eb\u2066c',
  '\ud800 half',
  '</style><style>*{display:none}',
  'javascript:alert(1)',
  '__proto__',
];

/** Every text in it that came from the cluster, replaced. */
function withTexts<Value>(value: Value, replace: (text: string) => string, key = ''): Value {
  // These are words of ours, of closed sets.
  const own = [
    'code',
    'severity',
    'verdict',
    'standing',
    'state',
    'source',
    'sources',
    'mountsAre',
    'schema',
    'taken',
  ];
  if (own.includes(key)) return value;
  if (typeof value === 'string') return replace(value) as Value;
  if (Array.isArray(value)) return value.map((one) => withTexts(one, replace, key)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  if (key === 'plugins') {
    return Object.fromEntries(Object.entries(value).map(([name, state]) => [replace(name), state])) as Value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, withTexts(part, replace, name)]),
  ) as Value;
}

/** Its tags, with the values of attributes left out: what a browser makes elements of. */
function skeletonOf(page: string): string[] {
  const tags = page.match(/<[^>]*>/g) ?? [];
  return tags.map((tag) => tag.replaceAll(/="[^"]*"/g, '=""'));
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(...attacks),
  fc.string({
    unit: fc.constantFrom('<', '>', '"', "'", '&', '`', '=', '/', '\u0000', '\u202e', 'a', ' '),
    maxLength: 12,
  }),
);

function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    '#39': "'",
    '#96': '`',
  };
  return text.replaceAll(/&(#?\w+);/g, (whole, name: string) => named[name] ?? whole);
}

describe('the template', () => {
  it('makes text of whatever stands in it, for content and for attributes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const made = html`<p title="${text}">${text}</p>`.toString();
        const [, title = '', content = ''] = /^<p title="([^"<>'`]*)">([^"<>'`]*)<\/p>$/s.exec(made) ?? [];

        expect(made.startsWith('<p title="') && made.endsWith('</p>')).toBe(true);
        expect(title).toBe(content);
        expect(unescaped(title)).not.toMatch(obeyed);
      }),
    );
  });

  it('gives back the very text where nothing in it is hidden', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '&', 'l', 't', ';', '"', '#', '3', '9', 'é', '→') }),
        (text) => {
          expect(unescaped(html`${text}`.toString())).toBe(text);
        },
      ),
    );
  });

  it('takes markup of its own as markup, and nothing for nothing', () => {
    const items = ['<', 'b'].map((item) => html`<li>${item}</li>`);

    expect(html`${items}${null}${undefined}${false}${0}`.toString()).toBe('<li>&lt;</li><li>b</li>0');
  });

  it('is the only one that makes its type', () => {
    const made = html`<b>x</b>`;
    const forged: unknown = JSON.parse('{"text":"<b>x</b>"}');

    expect(() => html`${Object.create(Object.getPrototypeOf(made) as object) as typeof made}`).toThrow(
      TypeError,
    );
    expect(() => html`${forged as string}`).toThrow(TypeError);
  });
});

describe('the page of a hostile cluster', () => {
  it.each(attacks)('has the elements of a harmless one: %j', (attack) => {
    const harmless = fleetPage(withTexts(troubled, () => 'x'));
    const hostile = fleetPage(withTexts(troubled, () => attack));

    expect(skeletonOf(hostile)).toEqual(skeletonOf(harmless));
  });

  it('has them for any texts at all', { timeout: 60_000 }, () => {
    const small: Fleet = { ...troubled, nodes: troubled.nodes.slice(0, 2) };
    const harmless = skeletonOf(fleetPage(withTexts(small, () => 'x')));
    fc.assert(
      fc.property(anyText, (text) => {
        // A link is made of evidence that is one, and a backtick makes code of what follows.
        fc.pre(!text.includes('`') && text !== '');
        expect(skeletonOf(fleetPage(withTexts(small, () => text)))).toEqual(harmless);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the page', () => {
  const page = fleetPage(troubled);

  it('allows its own style and its own script by their digests, and nothing else', () => {
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    const digest = (tag: string): string => {
      const [, text = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page) ?? [];
      return `sha256-${createHash('sha256').update(text).digest('base64')}`;
    };

    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src '${digest('style')}'`,
      `script-src '${digest('script')}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it('has no attribute that the policy would refuse, and asks for nothing', () => {
    const [, body = ''] = page.split('<body>');

    expect(body).not.toMatch(/<[^>]+\s(style|on\w+|src|srcset|ping)=/);
    expect(page).not.toMatch(/<(link|img|iframe|object|embed|base|form)\b/);
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  it('says everything without its script', () => {
    const [before = ''] = page.split('<script>');
    for (const words of [
      'video/playout',
      'worker-17',
      'would fail',
      'cni.exclusive=false',
      'CVE-2025-67499',
    ]) {
      expect(before).toContain(words);
    }
  });

  it('of five thousand nodes and two thousand NADs is below 2 MB', () => {
    expect(Buffer.byteLength(fleetPage(fleetIn(largeCluster(5000, 2000))))).toBeLessThan(2_000_000);
  });

  it('of nothing at all is a page', () => {
    expect(fleetPage(fleetIn([]))).toContain('No nodes were given');
  });
});

describe('text for a terminal', () => {
  it.each(attacks)('has no character that a terminal obeys: %j', (attack) => {
    const text = fleetText(withTexts(troubled, () => attack));

    expect(text.replaceAll('\n', '')).not.toMatch(obeyed);
    expect(text.isWellFormed()).toBe(true);
  });

  it('has the classes first, at most a hundred columns wide but for commands', () => {
    const lines = fleetText(troubled).split('\n');

    expect(lines[0]).toBe('prod-eu-1: 47 of 49 nodes are ready; 4 errors, 4 warnings');
    expect(lines[2]).toMatch(/^A {2}44 nodes alike, ready: v1\.9\.1/);
    expect(lines.filter((line) => line.length > 100 && !line.startsWith('  $ '))).toEqual([]);
  });
});

function junitOf(fleet: Fleet): string {
  return fleetAnswer(fleet, { failOn: 'error', output: 'junit' }).text;
}

describe('the other forms', () => {
  it('JUnit has a case for each node and NAD', () => {
    const { text } = fleetAnswer(troubled, { failOn: 'error', output: 'junit' });

    expect(text).toMatch(/<testsuite name="nodes" tests="49" failures="4" skipped="1">/);
    expect(text).toMatch(/<testsuite name="network attachments" tests="8" failures="3" skipped="1">/);
    expect(text).toMatch(/name="video\/playout"><failure type="error" message="vlan is missing on 4 nodes/);
  });

  it.each(attacks)('JUnit is XML whatever things are called: %j', (attack) => {
    const { text } = fleetAnswer(
      withTexts(troubled, () => attack),
      { failOn: 'error', output: 'junit' },
    );

    expect(text.replaceAll('\n', '')).not.toMatch(obeyed);
    expect(skeletonOf(text)).toEqual(skeletonOf(junitOf(withTexts(troubled, () => 'x'))));
  });

  it('JSON is the fleet itself', () => {
    expect(fleetAnswer(troubled, { failOn: 'never', output: 'json' })).toEqual({
      text: '',
      json: troubled,
      exitStatus: 0,
    });
    expect(fleetAnswer(troubled, { failOn: 'error', output: 'text' }).exitStatus).toBe(9);
  });
});
