// The result of a verb that answers a question and changes nothing.

export interface Answer {
  readonly text: string;
  readonly json: object;
  readonly exitStatus: number;
}
