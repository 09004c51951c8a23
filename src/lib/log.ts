// Log lines for people (text) or machines (one JSON object a line); decides the form, leaves the writing to its sink.

const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export type LogFormat = 'text' | 'json';

/** Facts that go with a line: kept apart in JSON, appended as `key=value` in text. */
export type LogFacts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type LogLine = (message: string, facts?: LogFacts) => void;
export type Log = Readonly<Record<LogLevel, LogLine>>;

export interface LogSettings {
  readonly format: LogFormat;
  /** The least important level that is still written. */
  readonly level: LogLevel;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Takes one whole line, newline included. */
  readonly write: (line: string) => void;
}

/** A log that writes each line at or above the level to the sink. Never throws for content. */
export function createLog(settings: LogSettings): Log {
  const render = settings.format === 'json' ? renderJson : renderText;
  const lineAt = (level: LogLevel): LogLine => {
    if (logLevels.indexOf(level) < logLevels.indexOf(settings.level)) return () => undefined;
    return (message, facts = {}) => settings.write(`${render(settings.now(), level, message, facts)}\n`);
  };
  return { debug: lineAt('debug'), info: lineAt('info'), warn: lineAt('warn'), error: lineAt('error') };
}

function renderJson(timeMs: number, level: LogLevel, message: string, facts: LogFacts): string {
  return JSON.stringify({ time: new Date(timeMs).toISOString(), level, message, ...facts });
}

function renderText(_timeMs: number, level: LogLevel, message: string, facts: LogFacts): string {
  const prefix = level === 'info' ? '' : `${level}: `;
  const appended = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${renderFact(value)}`);
  return oneLine(`${prefix}${message}${appended.join('')}`);
}

function renderFact(value: LogFacts[string]): string {
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return /[\s"=]/.test(text) || text === '' ? JSON.stringify(text) : text;
}

/** A log line stays one line, whatever a server or a plugin put into a message. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is being removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
