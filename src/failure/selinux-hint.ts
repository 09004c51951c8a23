// What is told where SELinux keeps this container from its node.

/** @param type that confines it: `container_t` */
export function selinuxHint(type: string): string {
  return `SELinux confines this container as ${type}: ${selinuxRemedy}`;
}

/**
 * Without a level the runtime gives each pod categories of its own, and what is written by one may not be read by a confined
 * container of another.
 */
const selinuxRemedy = 'give it `seLinuxOptions: {type: spc_t, level: s0}`, or run it privileged';
