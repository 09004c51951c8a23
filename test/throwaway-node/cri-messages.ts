// The CRI calls that the tests make, with the shapes of their requests and responses (see cri.proto).

export interface NamespaceOptions {
  readonly network: 'POD' | 'NODE';
  readonly pid: 'POD' | 'CONTAINER' | 'NODE';
  readonly ipc: 'POD' | 'NODE';
}

export interface SecurityProfile {
  readonly profileType: 'RuntimeDefault' | 'Unconfined';
}

export interface SandboxConfig {
  readonly metadata: { readonly name: string; readonly uid: string; readonly namespace: string };
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dnsConfig: { readonly servers: readonly string[] };
  readonly linux: {
    readonly cgroupParent: string;
    readonly securityContext: {
      readonly namespaceOptions: NamespaceOptions;
      readonly privileged: boolean;
      readonly seccomp: SecurityProfile;
    };
  };
}

export interface CriMount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  /** The runtime gives it the container's label of SELinux. */
  readonly selinuxRelabel?: boolean;
  readonly propagation: 'PROPAGATION_PRIVATE' | 'PROPAGATION_HOST_TO_CONTAINER' | 'PROPAGATION_BIDIRECTIONAL';
  readonly image?: { readonly image: string };
}

export interface ContainerConfig {
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly image: { readonly image: string };
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly CriMount[];
  readonly logPath: string;
  readonly linux: {
    readonly resources: {
      readonly cpuPeriod: number;
      readonly cpuQuota: number;
      readonly cpuShares: number;
      readonly memoryLimitInBytes: number;
    };
    readonly securityContext: {
      readonly capabilities?: {
        readonly addCapabilities: readonly string[];
        readonly dropCapabilities: readonly string[];
      };
      readonly privileged: boolean;
      readonly namespaceOptions: NamespaceOptions;
      readonly selinuxOptions?: { readonly type: string; readonly level: string };
      readonly runAsUser?: { readonly value: number };
      readonly readonlyRootfs: boolean;
      readonly noNewPrivs: boolean;
      readonly maskedPaths: readonly string[];
      readonly readonlyPaths: readonly string[];
      readonly seccomp: SecurityProfile;
      readonly apparmor?: SecurityProfile;
    };
  };
}

export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

type Nothing = Readonly<Record<string, never>>;
type SandboxId = { readonly podSandboxId: string };
type ContainerId = { readonly containerId: string };

interface Call<Request, Response> {
  readonly request: Request;
  readonly response: Response;
}

export interface CriCalls {
  readonly Version: Call<
    { readonly version: string },
    { readonly runtimeName: string; readonly runtimeVersion: string }
  >;
  readonly Status: Call<
    { readonly verbose: boolean },
    {
      readonly status: { readonly conditions: readonly RuntimeCondition[] };
      readonly info: Readonly<Record<string, string>>;
    }
  >;
  readonly RunPodSandbox: Call<{ readonly config: SandboxConfig }, SandboxId>;
  readonly PodSandboxStatus: Call<
    SandboxId,
    { readonly status: { readonly network: { readonly ip: string } | null } }
  >;
  readonly StopPodSandbox: Call<SandboxId, Nothing>;
  readonly RemovePodSandbox: Call<SandboxId, Nothing>;
  readonly CreateContainer: Call<
    SandboxId & { readonly config: ContainerConfig; readonly sandboxConfig: SandboxConfig },
    ContainerId
  >;
  readonly StartContainer: Call<ContainerId, Nothing>;
  readonly StopContainer: Call<ContainerId & { readonly timeout: number }, Nothing>;
  readonly RemoveContainer: Call<ContainerId, Nothing>;
  readonly ContainerStatus: Call<
    ContainerId,
    { readonly status: { readonly state: string; readonly exitCode: number; readonly reason: string } }
  >;
  readonly ExecSync: Call<
    ContainerId & { readonly cmd: readonly string[]; readonly timeout: number },
    { readonly stdout: Buffer; readonly stderr: Buffer; readonly exitCode: number }
  >;
  readonly ListImages: Call<
    Nothing,
    { readonly images: readonly { readonly repoTags: readonly string[] }[] }
  >;
}
