// The loop that keeps one daemon running, and no second one.

import { join } from 'node:path';
import { Failure } from '../failure/failure.ts';
import { onNode } from '../failure/system-error.ts';
import type { RunEffects } from '../lib/effects.ts';
import type { StateDir } from '../node/state/state-dir.ts';
import { leaseNews, withoutTime } from './daemon-log.ts';
import { type DaemonProcess, startDaemon } from './daemon-process.ts';
import type { DaemonRecord } from './daemon-record.ts';
import { holderBy } from './holder.ts';
import { pluginPrint, type PluginStanding, standingOn } from './plugin-standing.ts';
import { failedStarts, restartDelayMs } from './restart-delay.ts';
import { isStill, lookAtSocket, removeDead } from './socket-sight.ts';

export interface KeeperSettings {
  readonly binDir: string;
  readonly stateDir: StateDir;
  readonly socket: string;
  readonly hostProc: string;
  readonly restartOnUpgrade: boolean;
  /** What is done while one daemon lives, from when it answers; ends with the signal. */
  readonly accompany: (signal: AbortSignal) => Promise<void>;
}

interface IntactPlugin extends Extract<PluginStanding, { readonly intact: true }> {
  /** Taken before its bytes were looked at: what is changed after that differs. */
  readonly print: string;
}

/** Why a daemon is not kept any longer. */
type Parting = 'ended' | 'outdated' | 'socket lost' | 'silent';

/** What is known of the daemon that runs. */
interface SeenDaemon {
  readonly plugin: IntactPlugin;
  /** Of the plugin's file, when it was last compared. */
  print: string;
  /** Of its socket; undefined until it listens. */
  identity: string | undefined;
}

const daemonLookMs = 2_000;
const longestWaitMs = 30_000;
/** Until it listens; it has nothing else to do first. */
const answerWithinMs = 10_000;
const answerPauseMs = 100;
const farewellMs = 5_000;

export class DaemonKeeper {
  readonly #settings: KeeperSettings;
  readonly #effects: RunEffects;
  readonly #record: DaemonRecord;

  constructor(settings: KeeperSettings, effects: RunEffects, record: DaemonRecord) {
    this.#settings = settings;
    this.#effects = effects;
    this.#record = record;
  }

  /** Rejects with the signal's reason. @throws Failure `node` where another daemon has the socket */
  async run(): Promise<never> {
    const { now, sleep, signal } = this.#effects;
    for (let failed = 0; ;) {
      const plugin = await this.#untilIntact();
      await this.#takePlace();
      const startedMs = now();
      const parting = await this.#keepOne(plugin);
      if (parting === 'outdated') continue;
      failed = failedStarts(failed, now() - startedMs);
      await sleep(restartDelayMs(failed), signal);
    }
  }

  async #untilIntact(): Promise<IntactPlugin> {
    const { log, sleep, signal, random } = this.#effects;
    const { binDir, stateDir } = this.#settings;
    for (let waitMs = 1_000; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      this.#record.looked();
      const print = pluginPrint(binDir);
      const standing = await standingOn(binDir, stateDir);
      if (standing.intact) return { ...standing, print };
      if (this.#record.waits(standing.because)) log.warn(`the DHCP daemon waits: ${standing.because}`);
      await sleep(waitMs * (0.8 + 0.4 * random()), signal);
    }
  }

  /**
   * Only what nobody answers at is taken away. A daemon removes the socket's path when it ends, whoever has it by then:
   * of two of them each would sooner or later have the other unreachable.
   */
  async #takePlace(): Promise<void> {
    const { socket, hostProc } = this.#settings;
    const sight = await onNode(() => lookAtSocket(socket));
    if (sight.kind === 'alive') {
      throw new Failure('dhcp-two-daemons', {
        message: `another DHCP daemon listens at ${socket}, ${holderBy(hostProc)}`,
      });
    }
    if (sight.kind === 'absent') return;
    this.#effects.log.info(`${socket} was left by a daemon that is gone, and is removed`);
    await onNode(() => removeDead(socket, sight.identity));
  }

  async #keepOne(plugin: IntactPlugin): Promise<Parting> {
    const { binDir, socket } = this.#settings;
    this.#record.starts();
    const daemon = startDaemon(join(binDir, 'dhcp'), socket, (line) => this.#hear(line));
    const seen: SeenDaemon = { plugin, print: plugin.print, identity: undefined };
    const over = new AbortController();
    const life = AbortSignal.any([this.#effects.signal, over.signal]);
    const company = this.#accompany(seen, life);
    try {
      return await Promise.race([this.#endOf(daemon, life), company]);
    } finally {
      over.abort();
      await this.#part(daemon, seen.identity);
      this.#record.ended();
      await company.catch(() => undefined);
    }
  }

  /** Worth a word only where nobody of us has ended it. */
  async #endOf({ ended }: DaemonProcess, life: AbortSignal): Promise<Parting> {
    const how = await ended;
    if (!life.aborted) this.#effects.log.warn(`the DHCP daemon ${how}`);
    return 'ended';
  }

  async #accompany(seen: SeenDaemon, life: AbortSignal): Promise<Parting> {
    const { log } = this.#effects;
    const { socket, accompany } = this.#settings;
    seen.identity = await this.#untilAnswers(life);
    if (seen.identity === undefined) {
      log.warn(`the DHCP daemon does not listen at ${socket}, and is started again`);
      return 'silent';
    }
    this.#record.answers(true);
    log.info(`the DHCP daemon of ${seen.plugin.release} listens at ${socket}`);
    const over = new AbortController();
    const company = accompany(AbortSignal.any([life, over.signal]));
    try {
      return await Promise.race([this.#watchOver(seen, life), endless(company)]);
    } finally {
      over.abort();
      await company.catch(() => undefined);
    }
  }

  async #untilAnswers(life: AbortSignal): Promise<string | undefined> {
    const { now, sleep } = this.#effects;
    for (const endMs = now() + answerWithinMs; now() < endMs;) {
      const sight = await onNode(() => lookAtSocket(this.#settings.socket));
      if (sight.kind === 'alive') return sight.identity;
      this.#record.looked();
      await sleep(answerPauseMs, life);
    }
    return undefined;
  }

  async #watchOver(seen: SeenDaemon, life: AbortSignal): Promise<Parting> {
    const { log, sleep } = this.#effects;
    const { socket, restartOnUpgrade } = this.#settings;
    for (;;) {
      await sleep(daemonLookMs, life);
      this.#record.looked();
      const sight = await onNode(() => lookAtSocket(socket));
      const isOurs = sight.kind === 'alive' && sight.identity === seen.identity;
      this.#record.answers(isOurs);
      if (!isOurs) {
        log.warn(`${socket} is no longer that of the DHCP daemon, which is started again`);
        return 'socket lost';
      }
      if ((await this.#isOutdated(seen)) && restartOnUpgrade) return 'outdated';
    }
  }

  /** A daemon goes on as the file that it was started from, whatever has its name meanwhile. */
  async #isOutdated(seen: SeenDaemon): Promise<boolean> {
    const { binDir, stateDir, restartOnUpgrade } = this.#settings;
    const print = pluginPrint(binDir);
    if (print === seen.print) return this.#record.view().isOutdated;
    const standing = await standingOn(binDir, stateDir);
    // In the middle of an install; the next look sees its end.
    if (!standing.intact) return false;
    seen.print = print;
    const isOutdated = standing.sha256 !== seen.plugin.sha256;
    if (this.#record.isOutdated(isOutdated)) {
      const message = `the plugin dhcp is now that of ${standing.release}, and the daemon still that of ${seen.plugin.release}`;
      const next = 'it is restarted';
      const hint = 'give --restart-on-upgrade, or restart this container: leases are taken up again';
      this.#effects.log.warn(restartOnUpgrade ? `${message}: ${next}` : message, {
        hint: restartOnUpgrade ? undefined : hint,
      });
    }
    return isOutdated;
  }

  /** At SIGTERM it removes the path of its socket, whose ever that is by then, and gives no lease back (daemon.go). */
  async #part(daemon: DaemonProcess, identity: string | undefined): Promise<void> {
    const { socket } = this.#settings;
    const isOurs = identity === undefined || isStill(socket, identity);
    daemon.kill(isOurs ? 'SIGTERM' : 'SIGKILL');
    const timer = setTimeout(() => daemon.kill('SIGKILL'), farewellMs);
    await daemon.ended;
    clearTimeout(timer);
  }

  #hear(line: string): void {
    const { log } = this.#effects;
    const words = withoutTime(line);
    const news = leaseNews(words);
    if (news !== undefined) this.#record.note(news);
    if (news?.what === 'expired') log.warn(`dhcp daemon: ${words}`);
    else log.info(`dhcp daemon: ${words}`);
  }
}

/** What ends well is over for the time being; what ends badly is everybody's matter. */
async function endless(company: Promise<void>): Promise<never> {
  await company;
  return new Promise<never>(() => undefined);
}
