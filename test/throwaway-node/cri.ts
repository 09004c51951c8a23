// Does on a node what the kubelet would: runs pods and containers through the container runtime's CRI.

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ContainerOutput, parseContainerLog } from './container-log.ts';
import { containerConfig, type ContainerSpec, type PodSpec, sandboxConfig } from './container-spec.ts';
import { CriChannel, RuntimeRefusal } from './cri-channel.ts';
import type { RuntimeCondition, SandboxConfig } from './cri-messages.ts';
import { eventually } from './eventually.ts';

export type { ContainerSpec, HostPathMount, ImageMount, PodSpec } from './container-spec.ts';
export { RuntimeRefusal } from './cri-channel.ts';

export interface Sandbox {
  readonly id: string;
  readonly pod: PodSpec;
  readonly config: SandboxConfig;
}

export interface Container {
  readonly id: string;
  /** On the host. */
  readonly logFile: string;
  /** On the host. */
  readonly terminationLog: string;
}

export interface EndedContainer extends ContainerOutput {
  readonly exitCode: number;
  /** The runtime's word for it: `Completed`, `Error`, `OOMKilled`. */
  readonly reason: string;
  /** What was written to /dev/termination-log; absent when that is nothing. */
  readonly terminationMessage?: string;
}

export interface ExecResult extends ContainerOutput {
  readonly exitCode: number;
}

export class Cri {
  readonly #root: string;
  readonly #channel: CriChannel;
  #pods = 0;
  readonly #attempts = new Map<string, number>();

  /** @param root the node's root directory as seen from here */
  constructor(root: string) {
    this.#root = root;
    this.#channel = new CriChannel(join(root, 'run/containerd/containerd.sock'));
  }

  close(): void {
    this.#channel.close();
  }

  /** Resolves to the runtime's version as soon as the runtime answers at all. */
  async version(timeoutMs = 1000): Promise<string> {
    const { runtimeVersion } = await this.#channel.call('Version', { version: 'v1' }, timeoutMs);
    return runtimeVersion;
  }

  /** `RuntimeReady` and `NetworkReady`. */
  async conditions(): Promise<readonly RuntimeCondition[]> {
    const { status } = await this.#channel.call('Status', { verbose: false });
    return status.conditions;
  }

  /** The runtime's view of its CNI configuration, as JSON text. */
  async loadedCniConfig(): Promise<string> {
    const { info } = await this.#channel.call('Status', { verbose: true });
    return info['cniconfig'] ?? '';
  }

  async imageReferences(): Promise<readonly string[]> {
    const { images } = await this.#channel.call('ListImages', {});
    return images.flatMap((image) => image.repoTags);
  }

  /** Rejects with a RuntimeRefusal where the runtime, or a CNI plugin that it called, refuses. */
  async runSandbox(pod: PodSpec): Promise<Sandbox> {
    this.#pods += 1;
    const config = sandboxConfig(pod, { uid: `${pod.name}-${this.#pods}` });
    const { podSandboxId } = await this.#channel.call('RunPodSandbox', { config });
    return { id: podSandboxId, pod, config };
  }

  /** The pod's address; undefined when it has none of its own. */
  async sandboxAddress(sandbox: Sandbox): Promise<string | undefined> {
    const { status } = await this.#channel.call('PodSandboxStatus', { podSandboxId: sandbox.id });
    return status.network?.ip || undefined;
  }

  /** Removes the pod together with its containers and their logs. */
  async removeSandbox(sandbox: Sandbox): Promise<void> {
    await this.#channel.call('StopPodSandbox', { podSandboxId: sandbox.id });
    await this.#channel.call('RemovePodSandbox', { podSandboxId: sandbox.id });
  }

  /** Creates without starting. Rejects with a RuntimeRefusal, among others where a mount can't be propagated. */
  async createContainer(sandbox: Sandbox, spec: ContainerSpec): Promise<Container> {
    const { uid } = sandbox.config.metadata;
    const name = spec.name ?? 'container';
    const attempt = this.#nextAttempt(`${uid}/${name}`);
    const terminationLog = `/var/lib/kubelet/pods/${uid}/containers/${name}/${attempt}`;
    await this.#createTerminationLog(terminationLog);
    const { containerId } = await this.#channel.call('CreateContainer', {
      podSandboxId: sandbox.id,
      config: containerConfig(spec, sandbox.pod, { name, attempt, terminationLog }),
      sandboxConfig: sandbox.config,
    });
    const logFile = `${sandbox.config.logDirectory}/${name}/${attempt}.log`;
    return { id: containerId, logFile, terminationLog };
  }

  async startContainer({ id }: Container): Promise<void> {
    await this.#channel.call('StartContainer', { containerId: id });
  }

  /** Creates and starts; for containers that stay. */
  async run(sandbox: Sandbox, spec: ContainerSpec): Promise<Container> {
    const container = await this.createContainer(sandbox, spec);
    await this.startContainer(container);
    return container;
  }

  /** Creates, starts and awaits the end. A refusal of the runtime is a result here, not a rejection. */
  async runToEnd(
    sandbox: Sandbox,
    spec: ContainerSpec,
    timeoutMs?: number,
  ): Promise<EndedContainer | RuntimeRefusal> {
    try {
      return await this.awaitEnd(await this.run(sandbox, spec), timeoutMs);
    } catch (error) {
      if (error instanceof RuntimeRefusal) return error;
      throw error;
    }
  }

  async awaitEnd(container: Container, timeoutMs = 30_000): Promise<EndedContainer> {
    const status = await eventually('the end of the container', timeoutMs, async () => {
      const answer = await this.#channel.call('ContainerStatus', { containerId: container.id });
      return answer.status.state === 'CONTAINER_EXITED' ? answer.status : undefined;
    });
    const terminationMessage = await this.#readHostFile(container.terminationLog);
    return {
      exitCode: status.exitCode,
      reason: status.reason,
      ...(await this.output(container)),
      ...(terminationMessage === '' ? {} : { terminationMessage }),
    };
  }

  /** What the container has written so far. */
  async output(container: Container): Promise<ContainerOutput> {
    return parseContainerLog(await this.#readHostFile(container.logFile));
  }

  async exec(container: Container, command: readonly string[], timeoutMs = 10_000): Promise<ExecResult> {
    const { exitCode, stdout, stderr } = await this.#channel.call('ExecSync', {
      containerId: container.id,
      cmd: command,
      timeout: Math.ceil(timeoutMs / 1000),
    });
    return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  /** SIGTERM, then SIGKILL after the grace period. */
  async stopContainer({ id }: Container, graceSeconds = 2): Promise<void> {
    await this.#channel.call('StopContainer', { containerId: id, timeout: graceSeconds });
  }

  /** Also ends it, without grace, when it runs. */
  async removeContainer({ id }: Container): Promise<void> {
    await this.#channel.call('RemoveContainer', { containerId: id });
  }

  #nextAttempt(key: string): number {
    const attempt = this.#attempts.get(key) ?? 0;
    this.#attempts.set(key, attempt + 1);
    return attempt;
  }

  async #createTerminationLog(hostPath: string): Promise<void> {
    const path = join(this.#root, hostPath);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
    // Whatever user the container runs as may write its last words; writeFile's own mode would be cut by the umask.
    await chmod(path, 0o666);
  }

  async #readHostFile(hostPath: string): Promise<string> {
    return readFile(join(this.#root, hostPath), 'utf8');
  }
}

/** Narrows what runToEnd gave to a container that did run; throws the runtime's refusal otherwise. */
export function ended(result: EndedContainer | RuntimeRefusal): EndedContainer {
  if (result instanceof RuntimeRefusal) throw result;
  return result;
}
