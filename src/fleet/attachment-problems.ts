// What is wrong with a NAD on whichever node: its JSON, or that it names no plugin. Pure.

import { whyNamesNone } from '../cluster/network.ts';
import type { AttachmentConfig } from '../cluster/objects.ts';
import type { FleetFinding } from './fleet.ts';
import { kubectlOn } from './wording.ts';

export function problemsOf(id: string, config: AttachmentConfig): readonly FleetFinding[] {
  if (config.kind === 'on-node') return [];
  const broken = config.kind === 'invalid' ? config.because : undefined;
  const unnamed = config.kind === 'network' ? whyNamesNone(config.network) : undefined;
  if (broken !== undefined) {
    return [problem(id, 'nad-invalid-json', `the configuration of NAD ${id} can't be read: ${broken}`)];
  }
  return unnamed === undefined ? [] : [problem(id, 'nad-without-type', `NAD ${id} ${unnamed}`)];
}

function problem(id: string, code: FleetFinding['code'], message: string): FleetFinding {
  return {
    code,
    severity: 'error',
    message,
    hint: 'correct its `spec.config`: no pod that asks for it starts',
    command: kubectlOn(id, 'edit network-attachment-definitions'),
    node: [],
    nad: [id],
  };
}
