// `dhcp`: stays, and keeps the daemon that the plugin dhcp asks for addresses.

import { join } from 'node:path';
import type { DhcpConfig } from '../arguments/configure/dhcp.ts';
import type { AddressEvents } from '../dhcp/address-events.ts';
import { addressSentence } from '../dhcp/adopt/adoption.ts';
import { Adopter, type AdoptionObserver } from '../dhcp/adopt/adopter.ts';
import { DaemonRecord } from '../dhcp/daemon-record.ts';
import { DaemonKeeper } from '../dhcp/keeper.ts';
import { RecordFile } from '../dhcp/record-file.ts';
import { dhcpRoutes } from '../dhcp/routes.ts';
import type { Effects } from '../engine/context.ts';
import { serveAt } from '../engine/host/serve-at.ts';
import { Interruption } from '../failure/interruption.ts';
import { StateDir } from '../node/state/state-dir.ts';
import { DhcpMetrics } from '../report/dhcp-metrics.ts';
import { noPlugins, type Outcome } from '../report/result.ts';

/**
 * Ends when it is stopped, and its daemon with it; leases stay as they are, for the next start to take up.
 * @throws Failure `node` where a daemon of others has the socket
 */
export async function keepDhcp(config: DhcpConfig, effects: Effects): Promise<Outcome> {
  const { now } = effects;
  const record = new DaemonRecord(now);
  const events = await eventsFor(config, effects);
  const keeper = new DaemonKeeper(keeperSettings(config, { record, events, effects }), effects, record);
  const metrics = new DhcpMetrics(effects.ownProcess, () => record.view());
  const sources = { view: () => record.view(), now, adopts: config.adopt, metrics: () => metrics.page() };
  const server = await serveAt(config.listening, dhcpRoutes(sources));
  try {
    await keptUntilStopped(keeper, events, effects.signal);
    return stopped;
  } catch (error) {
    if (error instanceof Interruption) return stopped;
    throw error;
  } finally {
    await server?.close();
  }
}

/** The client of the API server is loaded only where somebody wants Kubernetes told. */
async function eventsFor({ eventsOn }: DhcpConfig, effects: Effects): Promise<AddressEvents | undefined> {
  if (eventsOn === undefined) return undefined;
  const { addressEventsOn } = await import('../dhcp/address-events.ts');
  return addressEventsOn(eventsOn, effects);
}

interface KeepingParts {
  readonly record: DaemonRecord;
  readonly events: AddressEvents | undefined;
  readonly effects: Effects;
}

function keeperSettings(config: DhcpConfig, told: KeepingParts) {
  const { node, socket, hostProc, restartOnUpgrade, adopt, cacheDir } = config;
  const { binDir, stateDir } = node;
  const file = new RecordFile(socket, told.effects.log);
  const adopter = new Adopter(
    { cacheDir, binDir, socket, plugin: join(binDir, 'dhcp') },
    told.effects,
    observerFor(file, told),
  );
  const accompany = async (signal: AbortSignal): Promise<void> => {
    file.begin(told.effects.now());
    if (adopt) await adopter.run(signal);
  };
  return { binDir, stateDir: new StateDir(stateDir), socket, hostProc, restartOnUpgrade, accompany };
}

function observerFor(file: RecordFile, { record, events }: KeepingParts): AdoptionObserver {
  return {
    adopted: (attachment, { result, address }) => {
      const { container, interfaceName, network, pod, addresses } = attachment;
      record.adopted(result);
      file.add({ container, interfaceName, network, pod, result, had: addresses, granted: address });
      if (result === 'moved') events?.moved(addressSentence(attachment, address));
    },
    allTried: () => record.adoptionIsOver(),
  };
}

/** Until the keeper has ended, and its daemon with it; what is told of it ends after that. */
async function keptUntilStopped(
  keeper: DaemonKeeper,
  events: AddressEvents | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (events === undefined) return void (await keeper.run());
  const over = new AbortController();
  const telling = events.run(over.signal).catch((error: unknown) => {
    if (!signal.aborted && !over.signal.aborted) throw error;
    return new Promise<never>(() => undefined);
  });
  try {
    await Promise.race([keeper.run(), telling]);
  } finally {
    over.abort();
  }
}

const stopped: Outcome = {
  outcome: 'unchanged',
  version: undefined,
  plugins: noPlugins,
  plan: [],
  findings: [],
  dryRun: false,
  sharingMode: 'off',
  sharing: undefined,
  trouble: undefined,
};
