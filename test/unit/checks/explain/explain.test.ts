// Promises of explaining a text: its cause is looked for on this node, about the very thing that it names.

import { describe, expect, it } from 'vitest';
import { explainText } from '../../../../src/checks/explain/explain.ts';
import type { KnownTextId } from '../../../../src/checks/explain/known-texts.ts';
import { knownText } from '../../../../src/checks/explain/known-texts.ts';
import { askedBy, recognise } from '../../../../src/checks/explain/recognise.ts';
import type { CheckId } from '../../../../src/checks/ids.ts';
import { doctorAnswer } from '../../../../src/report/doctor/answer.ts';
import { type Around, FakeNode } from '../fake-node.ts';
import { faults } from '../faults.ts';

async function explained(node: FakeNode, text: string, around: Around = {}) {
  const diagnosis = await node.diagnosis({ ...around, asked: askedBy(recognise(text)) });
  return { diagnosis, explanation: explainText(text, diagnosis) };
}

describe('a text on a node that has its cause', () => {
  it.each<[text: KnownTextId, fault: CheckId, said?: string]>([
    ['plugin-not-found', 'plugin-absent', 'failed to find plugin "portmap" in path [/opt/cni/bin]'],
    ['plugin-not-found', 'plugin-dangling-link', 'failed to find plugin "portmap" in path [/opt/cni/bin]'],
    ['mount-not-shared', 'mount-not-shared'],
    ['cni-not-initialized', 'cni-conf-absent'],
    ['cni-conf-not-loaded', 'cni-conf-invalid'],
    ['spec-unsupported', 'plugin-spec-unsupported'],
    ['result-unsupported', 'cni-conf-spec-unsupported'],
    ['dhcp-daemon-silent', 'dhcp-dead-socket'],
    ['dhcp-daemon-silent', 'dhcp-daemon-absent'],
    ['dhcp-socket-taken', 'dhcp-two-daemons'],
    ['netns-not-seen', 'dhcp-no-netns'],
    ['multus-daemon-silent', 'multus-daemon-down'],
    ['multus-unauthorized', 'multus-token-expired'],
    ['readiness-indicator', 'readiness-indicator-absent'],
    [
      'nad-not-found',
      'nad-absent',
      'cannot find a network-attachment-definition (gone) in namespace (default)',
    ],
    ['delegate-not-json', 'nad-invalid-json'],
    ['master-not-found', 'nad-master-absent', 'failed to lookup master "eht0": Link not found'],
    ['master-busy', 'nad-master-both-macvlan-ipvlan'],
    ['kind-not-supported', 'module-missing-ipvlan'],
    ['addresses-used-up', 'nad-ipam-exhausted'],
    ['bridge-address-differs', 'bridge-address-differs'],
    ['text-file-busy', 'rival-installer'],
    ['exec-format-error', 'plugin-wrong-architecture', 'fork/exec /opt/cni/bin/portmap: exec format error'],
    ['exec-denied', 'plugin-not-executable', 'fork/exec /opt/cni/bin/portmap: permission denied'],
    [
      'plugin-crashed',
      'plugin-truncated',
      'plugin type="portmap" failed (add): netplugin failed with no error message: signal: segmentation fault',
    ],
    ['bin-dir-read-only', 'bin-dir-read-only'],
    ['inotify-exhausted', 'sysctl-inotify-instances'],
  ])('%s by %s is told to be so, with the cure', async (text, fault, said = knownText(text).sample) => {
    using node = new FakeNode();
    const { explanation } = await explained(node, said, faults[fault]?.(node) ?? {});

    expect(explanation.texts).toMatchObject([{ id: text, standing: { is: 'here', root: { id: fault } } }]);
  });
});

describe('a text on a node that does not have its cause', () => {
  it('is told to be of another time', async () => {
    using node = new FakeNode();
    const { explanation } = await explained(node, 'failed to find plugin "macvlan" in path [/opt/cni/bin]');

    expect(explanation.texts).toMatchObject([{ id: 'plugin-not-found', standing: { is: 'not-here' } }]);
  });

  it('is not mistaken for the trouble of another plugin', async () => {
    using node = new FakeNode();
    faults['plugin-absent']?.(node);
    const { explanation } = await explained(node, 'failed to find plugin "macvlan" in path [/opt/cni/bin]');

    expect(explanation.texts).toMatchObject([{ standing: { is: 'not-here' } }]);
  });

  it('is found out about a plugin that nobody else speaks of', async () => {
    using node = new FakeNode();
    const { explanation } = await explained(
      node,
      'failed to find plugin "whereabouts" in path [/opt/cni/bin]',
    );

    expect(explanation.texts).toMatchObject([
      {
        standing: {
          is: 'here',
          root: { id: 'plugin-absent', remedy: expect.stringContaining('whereabouts') },
        },
      },
    ]);
  });

  it('has inotify looked at more strictly than a node that nobody complains of', async () => {
    using node = new FakeNode();
    node.proc('sys/fs/inotify/max_user_instances', '128\n');
    const { explanation } = await explained(node, 'failed to create fsnotify watcher: too many open files');

    expect(explanation.texts).toMatchObject([{ standing: { is: 'here' } }]);
    expect((await node.diagnosis()).checks.find(({ id }) => id === 'sysctl-inotify-instances')?.result).toBe(
      'ok',
    );
  });
});

describe('a text whose cause cannot be seen', () => {
  it('is told to be so, and why', async () => {
    using node = new FakeNode();
    const text = 'path "/opt/cni/bin" is mounted on "/" but it is not a shared mount';
    const { explanation } = await explained(node, text, { hostProc: '/nowhere' });

    expect(explanation.texts).toMatchObject([
      { standing: { is: 'unknown', why: expect.stringContaining('/nowhere') } },
    ]);
  });
});

describe('the answer', () => {
  it('has yes and the cure of both texts of the front page, and no cause twice', async () => {
    using node = new FakeNode();
    faults['plugin-absent']?.(node);
    const around = faults['mount-not-shared']?.(node) ?? {};
    const text = `path "/opt/cni/bin" is mounted on "/" but it is not a shared mount
      failed to find plugin "portmap" in path [/opt/cni/bin]`;
    const consultation = await explained(node, text, around);
    const { text: said } = doctorAnswer(consultation, { failOn: 'error', output: 'text' });

    expect(said.match(/yes, and here is why/g)).toHaveLength(2);
    expect(said.match(/what to do/g)).toHaveLength(2);
    expect(said).toContain('nothing else found');
  });

  it('shows what is nearest to a text that is not known, and everything that was found', async () => {
    using node = new FakeNode();
    faults['plugin-absent']?.(node);
    const consultation = await explained(node, 'my pod does not come up');
    const { text: said, json } = doctorAnswer(consultation, { failOn: 'error', output: 'text' });

    expect(said).toMatch(/^That text is not known here/);
    expect(said).toContain('error plugin-absent');
    expect(json).toMatchObject({ explained: { texts: [], nearest: [{}, {}, {}] } });
  });
});
