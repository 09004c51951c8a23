// Proves that the demo, typed as the front door has it, shows the two failures in the words there, and their cure.

import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { fencesIn, textOf } from '../docs/pages.ts';
import { project } from '../support/project.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';

describeOnNode('make demo', () => {
  it('shows both errors of the README word for word, and ends well', () => {
    const { status, stdout, stderr } = spawnSync('make', ['demo'], { cwd: project, encoding: 'utf8' });
    const [missing = '', unshared = ''] = fencesIn(textOf('README.md')).map(({ text }) => text.trim());

    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(missing).toMatch(/^failed to find plugin/);
    expect(stdout).toContain(missing);
    expect(unshared).toMatch(/is not a shared mount$/);
    expect(stdout).toContain(unshared);
    expect(stdout).toMatch(
      /yes, and here is why: [^>]*\(mount-not-shared\)\s+\|\s+what to do: \S[^>]*share-mounts/,
    );
    expect(stdout).toMatch(
      /yes, and here is why: [^>]*macvlan [^>]*\(plugin-absent\)\s+\|\s+what to do: \S[^>]*install --plugins/,
    );
    expect(stdout).toMatch(/\bnothing else found\b/);
    expect(stdout).toMatch(/ended with status 0/);
    expect(stdout).toMatch(/macvlan was back after [\d.]+ s, and the next pod has its network/);
  });
});
