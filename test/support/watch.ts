// A watch over a test's node: started by the real bundle, asked by HTTP, ended with the test.

import { eventually } from '../throwaway-node/eventually.ts';
import { freePort } from './free-port.ts';
import { type RunningInstaller, type RunSettings, startInstaller, type TestNode } from './installer.ts';

export interface Watch extends RunningInstaller, AsyncDisposable {
  readonly address: string;
  readonly ask: (path: string, method?: string) => Promise<WatchAnswer>;
  /** One value of `/metrics`, by its name and labels as they are written there; undefined where there is none. */
  readonly metric: (series: string) => Promise<number | undefined>;
}

export interface WatchAnswer {
  readonly status: number;
  readonly text: string;
}

/** Resolves once the first deep audit is over. */
export async function startWatch(
  node: TestNode,
  args: readonly string[] = [],
  settings: RunSettings = {},
): Promise<Watch> {
  const address = `127.0.0.1:${await freePort()}`;
  const env = { TMPDIR: node.directory, ...settings.env };
  const running = startInstaller(node, ['watch', '--listen', address, ...args], { ...settings, env });
  const ask = async (path: string, method = 'GET'): Promise<WatchAnswer> => {
    const answer = await fetch(`http://${address}${path}`, { method });
    return { status: answer.status, text: await answer.text() };
  };
  const watch: Watch = {
    ...running,
    address,
    ask,
    metric: async (series) => valueOf(series, (await ask('/metrics')).text),
    [Symbol.asyncDispose]: async () => {
      running.process.kill('SIGKILL');
      await running.ended;
    },
  };
  await eventually('the first audit', 30_000, () => firstAudit(watch));
  return watch;
}

async function firstAudit({ ask, process: { exitCode }, ended }: Watch): Promise<true | undefined> {
  if (exitCode !== null) throw new Error(`the watch ended: ${(await ended).stderr}`);
  const answer = await ask('/v1/state').catch(() => undefined);
  return answer?.status === 200 ? true : undefined;
}

export function valueOf(series: string, metrics: string): number | undefined {
  const line = metrics.split('\n').find((one) => one.startsWith(`cni_plugins_installer_${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}
