// Numbers of bytes for people.

/** Decimal, with one digit, as package sizes are quoted. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Binary, with one digit, as memory and disks are allotted. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
