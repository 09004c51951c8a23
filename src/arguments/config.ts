// Options → Config: every value checked and typed, or one usage error that names it.

import type { Arch } from '../lib/architecture.ts';
import { type BundleConfig, configureBundle } from './configure/bundle.ts';
import { configureDhcp, type DhcpConfig } from './configure/dhcp.ts';
import { configureDoctor, type DoctorConfig } from './configure/doctor.ts';
import { configureFleet, type FleetConfig } from './configure/fleet.ts';
import { configureInstall, type InstallConfig } from './configure/install.ts';
import { configureReleases, type ReleasesConfig } from './configure/releases.ts';
import { configureRollback, type RollbackConfig } from './configure/rollback.ts';
import { configureShareMounts, type ShareMountsConfig } from './configure/share-mounts.ts';
import { configureUninstall, type UninstallConfig } from './configure/uninstall.ts';
import { configureVerify, type VerifyConfig } from './configure/verify.ts';
import { configureWatch, type WatchConfig } from './configure/watch.ts';
import { OptionReader } from './option-reader.ts';
import type { OptionName, OptionOf, Options } from './options.ts';
import type { Verb } from './verbs.ts';

/** Each verb is told what it uses, and nothing else. */
export type Config =
  | InstallConfig
  | ShareMountsConfig
  | VerifyConfig
  | DoctorConfig
  | FleetConfig
  | WatchConfig
  | DhcpConfig
  | RollbackConfig
  | UninstallConfig
  | BundleConfig
  | ReleasesConfig;

type Configurators = {
  readonly [Wanted in Verb]: (
    read: OptionReader<OptionOf<Wanted>>,
    arch: Arch,
  ) => Extract<Config, { readonly verb: Wanted }>;
};

const configurators: Configurators = {
  install: configureInstall,
  'share-mounts': configureShareMounts,
  verify: configureVerify,
  doctor: configureDoctor,
  fleet: configureFleet,
  watch: configureWatch,
  dhcp: configureDhcp,
  rollback: configureRollback,
  uninstall: configureUninstall,
  bundle: configureBundle,
  releases: configureReleases,
};

/**
 * Checks what was given. Pure but for the architecture, which the edge reads from the machine.
 * @throws Failure `usage`, naming the option as the operator wrote it, the value, and what is accepted.
 */
export function configure(options: Options, arch: Arch): Config {
  return configurators[options.verb](new OptionReader<OptionName>(options), arch);
}
