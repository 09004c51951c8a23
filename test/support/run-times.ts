// How long a whole run of the tests may take, and what of it took how long. Pure.

/** A cold run compiles the tools first; it is what CI does on a machine that was never here. */
export const budgetMinutes = { cold: 60, warm: 20 } as const;

export interface Timed {
  readonly name: string;
  readonly seconds: number;
}

export interface ProjectTimes extends Timed {
  readonly files: readonly Timed[];
}

export interface RunTimes {
  readonly kind: keyof typeof budgetMinutes;
  /** From the first moment to the last, the compiling and the packages included. */
  readonly seconds: number;
  readonly budgetSeconds: number;
  readonly isOver: boolean;
  /** Three times as long: no slow machine is to blame. */
  readonly isFarOver: boolean;
  readonly projects: readonly ProjectTimes[];
}

/** @param toolsLog what test/setup/tools.sh said in the run: a tool that had to be made makes it a cold one */
export function timesOf(projects: readonly ProjectTimes[], seconds: number, toolsLog: string): RunTimes {
  const kind = /: made in \d+ s$/m.test(toolsLog) ? 'cold' : 'warm';
  const budgetSeconds = budgetMinutes[kind] * 60;
  const isOver = seconds > budgetSeconds;
  return { kind, seconds, budgetSeconds, isOver, isFarOver: seconds > budgetSeconds * 3, projects };
}

/** For people: a line for the whole, for each project, and for the slowest files. */
export function tableOf({ kind, seconds, budgetSeconds, isOver, projects }: RunTimes): string {
  return [
    `${kind} run: ${clock(seconds)} of ${clock(budgetSeconds)}${isOver ? ': OVER ITS BUDGET' : ''}`,
    ...slowestFirst(projects).map(line),
    'slowest files:',
    ...slowestFirst(projects.flatMap(({ files }) => files))
      .slice(0, 10)
      .map(line),
  ].join('\n');
}

function slowestFirst(timed: readonly Timed[]): Timed[] {
  return timed.toSorted((a, b) => b.seconds - a.seconds);
}

function line({ name, seconds }: Timed): string {
  return `${clock(seconds).padStart(8)}  ${name}`;
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
