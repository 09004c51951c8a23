// Proves of the pages and forms that GitHub shows by itself that they are well formed, and that what they name is there.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { brokenLinks, missingFiles, unknownTargets } from '../docs/page-faults.ts';
import { commandsIn, documentedCommands } from '../docs/commands.ts';
import { home, textOf } from '../docs/pages.ts';
import { project } from '../support/project.ts';

const formsDir = '.github/ISSUE_TEMPLATE';
const forms = readdirSync(join(project, formsDir)).filter((name) => name !== 'config.yml');
const pages = [
  '.github/pull_request_template.md',
  ...readdirSync(join(project, formsDir)).map((name) => `${formsDir}/${name}`),
];

interface Field {
  readonly type: string;
  readonly id?: string;
  readonly attributes: {
    readonly label?: string;
    readonly value?: string;
    readonly description?: string;
    readonly options?: readonly string[];
  };
  readonly validations?: { readonly required?: boolean };
}

interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly Field[];
}

function form(name: string): Form {
  return parse(textOf(`${formsDir}/${name}`)) as Form;
}

describe('what GitHub shows by itself', () => {
  it.each(pages)('%s has no link that leads nowhere', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it.each(pages)('%s names only files that are there, and verbs that make knows', (page) => {
    expect([...missingFiles(page), ...unknownTargets(page)]).toEqual([]);
  });
});

describe.each(forms)('the issue form %s', (name) => {
  const { body, ...head } = form(name);
  const fields = body.filter(({ type }) => type !== 'markdown');

  it('has what GitHub refuses a form without', () => {
    expect(head).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    expect(fields.length).toBeGreaterThan(0);
    for (const { type, id, attributes } of fields) {
      expect(type).toMatch(/^(textarea|input|dropdown|checkboxes)$/);
      expect(id).toMatch(/^[a-z][a-z-]*$/);
      expect(attributes.label).toEqual(expect.any(String));
      expect(attributes.options !== undefined).toBe(type === 'dropdown');
    }
  });

  it('has each field once', () => {
    for (const words of [fields.map(({ id }) => id), fields.map(({ attributes }) => attributes.label)])
      expect(new Set(words).size).toBe(words.length);
  });

  it('gives only commands that the troubleshooting page gives', () => {
    const given = body.flatMap(({ attributes }) =>
      commandsIn(`${attributes.value ?? ''}\n${attributes.description ?? ''}`),
    );

    const known = new Set(documentedCommands().map(({ text }) => text));

    expect(given.filter((command) => !known.has(command))).toEqual([]);
  });
});

describe('the form for a problem', () => {
  it('does not let it go without the report and the output of verify', () => {
    const asked = form('problem.yml').body.filter(({ validations }) => validations?.required === true);

    expect(asked.map(({ id }) => id)).toEqual(expect.arrayContaining(['report', 'verify']));
  });

  it('shows the way to the report in a command', () => {
    const report = form('problem.yml').body.find(({ id }) => id === 'report');

    expect(commandsIn(report?.attributes.description ?? '')).toHaveLength(1);
  });
});

describe('the issue chooser', () => {
  it('sends a fault of security away from the public', () => {
    const { blank_issues_enabled: blank, contact_links: links } = parse(textOf(`${formsDir}/config.yml`)) as {
      blank_issues_enabled: boolean;
      contact_links: readonly { url: string }[];
    };

    expect(blank).toBe(false);
    expect(links.map(({ url }) => url)).toContain(`${home}/security/advisories/new`);
  });
});
