// What is known of all nodes at once: the answer of `fleet`, as `--output json` has it. Types only.

import type { AdviceCode } from '../release/advice/advice.ts';
import type { Severity } from '../checks/check.ts';

export interface Fleet {
  readonly schema: 1;
  /** Whoever was asked calls it so; empty where nobody has said. */
  readonly cluster: string;
  /** ISO 8601. */
  readonly taken: string;
  readonly installerVersion: string;
  /** Where the nodes' states come from. */
  readonly sources: readonly NodeSource[];
  readonly summary: FleetSummary;
  /** Nodes that are alike in all that matters fold into one; the largest first. */
  readonly classes: readonly NodeClass[];
  readonly nodes: readonly FleetNode[];
  /** NADs, those that fail first. */
  readonly attachments: readonly Nad[];
  readonly rivals: readonly Rival[];
  readonly advice: readonly FleetAdvice[];
  /** Worst first. */
  readonly findings: readonly FleetFinding[];
}

/** `termination`: what our container left when it ended. `live`: what `watch` answered now. */
export type NodeSource = 'termination' | 'condition' | 'live';

export interface FleetSummary {
  readonly nodes: number;
  /** Its set is as it was wished. */
  readonly ready: number;
  readonly byRelease: Readonly<Record<string, number>>;
  /** Nodes that have another release than most. */
  readonly skewed: number;
  readonly failed: number;
  readonly degraded: number;
  /** Nothing of ours has told of them. */
  readonly unknown: number;
  readonly nadsBroken: number;
  readonly rivals: number;
}

/** `gone`: absent or not working, which of both was not told. `kept`: another's, which works and stays. */
export type FleetPluginState =
  | 'intact'
  | 'kept'
  | 'changed'
  | 'foreign'
  | 'absent'
  | 'not-executable'
  | 'broken'
  | 'gone';

/** What a node has come to, in a word. */
export type StandingWord = 'well' | 'degraded' | 'failed' | 'stale' | 'unknown';

export interface NodeClass {
  /** `A`, `B`, … */
  readonly id: string;
  readonly nodes: readonly string[];
  readonly standing: StandingWord;
  readonly release: string | null;
  readonly arch: string | null;
  readonly kubernetes: string | null;
  readonly runtime: string | null;
  readonly plugins: Readonly<Record<string, FleetPluginState>>;
  /** Other programs in the bin dir. */
  readonly others: readonly string[];
  /** Nothing else is in the bin dir; false where nobody has looked, or not all was told. */
  readonly complete: boolean;
  readonly mounts: MountsWord;
}

export type MountsWord = 'shared' | 'not shared' | 'unknown';

export interface FleetNode {
  readonly name: string;
  /** Of the class that it is in. */
  readonly class: string;
  readonly standing: StandingWord;
  readonly schedulable: boolean;
  readonly arch: string | null;
  readonly kubernetes: string | null;
  readonly runtime: { readonly name: string; readonly version: string } | null;
  readonly kernel: string | null;
  readonly os: string | null;
  readonly release: string | null;
  readonly generation: number | null;
  readonly plugins: readonly FleetPlugin[];
  readonly others: readonly string[];
  readonly complete: boolean;
  /** Of the host; null where nobody has told. */
  readonly interfaces: readonly string[] | null;
  readonly mounts: readonly FleetMount[];
  readonly mountsAre: MountsWord;
  /** What our container came to: `installed`, `failed`, …; of a watch `intact` or `drifted`. */
  readonly outcome: string | null;
  readonly error: NodeError | null;
  readonly source: NodeSource | null;
  readonly ageSeconds: number | null;
  readonly condition: FleetCondition | null;
  /** `namespace/name` of the pod that told. */
  readonly pod: string | null;
}

export interface FleetPlugin {
  readonly name: string;
  readonly version: string | null;
  readonly state: FleetPluginState;
  readonly owner: string | null;
}

export interface FleetMount {
  readonly path: string;
  readonly propagation: string;
}

export interface NodeError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface FleetCondition {
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
}

/** `fails`: on some node or on all. `unknown`: no node that could have its pods has told enough. */
export type NadVerdict = 'fails' | 'unknown' | 'works';

export interface Nad {
  readonly namespace: string;
  readonly name: string;
  readonly verdict: NadVerdict;
  /** Null where the configuration has none. */
  readonly cniVersion: string | null;
  /** It has no configuration of its own: each node has one of its name, or none. */
  readonly leftToNodes: boolean;
  /** Types in the order in which they run, address managers behind them. */
  readonly plugins: readonly string[];
  readonly ipam: string | null;
  readonly masters: readonly string[];
  readonly resourceName: string | null;
  /** Null where no pods were given. */
  readonly usedByPods: number | null;
  readonly missing: readonly MissingPlugin[];
  /** Nodes that could have its pods. */
  readonly candidates: number;
  /** Of these, those of which too little is known. */
  readonly untold: number;
  readonly specUnsupported: readonly UnspokenSpec[];
  readonly mastersAbsent: readonly AbsentMaster[];
  /** What is wrong with it on every node. */
  readonly problems: readonly FleetFinding[];
}

export interface MissingPlugin {
  readonly plugin: string;
  readonly nodes: readonly string[];
  /** What a pod on such a node will be refused with. */
  readonly foretold: string;
  /** Null for one of upstream's. */
  readonly shippedBy: string | null;
}

export interface UnspokenSpec {
  readonly plugin: string;
  readonly speaks: readonly string[];
  readonly nodes: readonly string[];
}

export interface AbsentMaster {
  readonly master: string;
  readonly nodes: readonly string[];
}

export interface Rival {
  readonly kind: 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  readonly hostPath: string;
  readonly writable: boolean;
  readonly images: readonly string[];
  /** It may write, and is not known to place only its own. */
  readonly suspected: boolean;
  /** Plugins of ours that it is known to place too. */
  readonly suspectedNames: readonly string[];
  readonly setting: string | null;
}

export interface FleetAdvice {
  readonly nodes: readonly string[];
  readonly code: AdviceCode;
  readonly severity: Severity;
  readonly say: string;
  readonly remedy: string;
  readonly take: string | null;
  readonly evidence: string;
}

export interface FleetFinding {
  readonly code: FleetCode;
  readonly severity: Severity;
  /** One sentence, lower case at the start, no full stop. Names in it are anybody's. */
  readonly message: string;
  /** What to do, in the same form. */
  readonly hint: string;
  /** A line to copy, where one line shows or mends it. */
  readonly command: string | null;
  readonly node: readonly string[];
  readonly nad: readonly string[];
}

/** Those that `doctor` has too mean the same there. */
export type FleetCode =
  | 'nad-invalid-json'
  | 'nad-without-type'
  | 'nad-plugin-absent'
  | 'nad-master-absent'
  | 'nad-master-both-macvlan-ipvlan'
  | 'plugin-spec-unsupported'
  | 'node-failed'
  | 'node-degraded'
  | 'node-untold'
  | 'node-stale'
  | 'node-condition'
  | 'plugin-absent'
  | 'plugin-broken'
  | 'plugin-not-executable'
  | 'plugin-changed'
  | 'plugin-foreign'
  | 'plugin-contended'
  | 'mount-not-shared'
  | 'skew'
  | 'rival-installer';
