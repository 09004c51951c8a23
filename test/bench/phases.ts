// From a CPU profile of Node's to the time that each phase of an install took on the main thread. Pure.

/** The part of a `.cpuprofile` that is read here (Chrome DevTools Protocol, Profiler.Profile). */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that was being run at each sample. */
  readonly samples: readonly number[];
  /** Microseconds from each sample to the one before. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Rule {
  readonly phase: string;
  readonly name?: RegExp;
  readonly url?: RegExp;
}

/** The innermost frame that has a rule decides; the first rule that fits counts. */
const rules: readonly Rule[] = [
  { phase: 'wait', name: /^\(idle\)$/ },
  { phase: 'collect garbage', name: /^\(garbage collector\)$/ },
  { phase: 'fsync', name: /^fsync/ },
  { phase: 'prove', name: /^(spawn|runCommand|prove|readElf)$/ },
  { phase: 'place', name: /^(copyFile|rename|link|unlink|rmdir|mkdir|stageBlob|carryOut|switchSet)/ },
  { phase: 'write', name: /^(write(Buffer|Sync|Whole|String)|append)$/ },
  { phase: 'read', name: /^read(Sync)?$/ },
  { phase: 'hash', url: /internal\/crypto\/hash/ },
  { phase: 'inflate', name: /^#inflate$/ },
  { phase: 'inflate', url: /node:zlib/ },
  { phase: 'load', name: /^(wrapSafe|wrapModuleLoad|loadSource|compileForInternalLoader|requireBuiltin)$/ },
  { phase: 'fetch', url: /node:(_http|net|tls|internal\/stream_base|_tls)|node-fetch\.js/ },
  { phase: 'parse', name: /^(#parse|Parser\d*)/ },
  { phase: 'other work of ours', url: /\/(cni-plugins-installer|program|change|late|verbs)\.js$/ },
  { phase: 'start', url: /node:internal\/(bootstrap|main|process|modules)/ },
];

/** Milliseconds by phase, the largest first. */
export function phasesOf(profile: CpuProfile): ReadonlyMap<string, number> {
  const phaseOf = phases(profile.nodes);
  const times = new Map<string, number>();
  for (const [at, node] of profile.samples.entries()) {
    const phase = phaseOf(node);
    times.set(phase, (times.get(phase) ?? 0) + (profile.timeDeltas[at] ?? 0) / 1000);
  }
  return new Map([...times].toSorted(([, a], [, b]) => b - a));
}

function phases(nodes: readonly ProfileNode[]): (id: number) => string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  return (id) => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const rule = ruleFor(byId.get(at));
      if (rule !== undefined) return rule.phase;
    }
    return 'start';
  };
}

function ruleFor(node: ProfileNode | undefined): Rule | undefined {
  if (node === undefined) return undefined;
  const { functionName, url: place } = node.callFrame;
  return rules.find(({ name, url }) => (name?.test(functionName) ?? true) && (url?.test(place) ?? true));
}
