// Strict JSON schemas for kubeconform, made from the OpenAPI document in Kubernetes' own repository.

import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { swaggerFile } from '../support/built-tools.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
  readonly [keyword: string]: unknown;
}

type Definitions = Readonly<Record<string, Schema>>;

const schemasDir = join(dirname(swaggerFile), 'schemas');

/** What kubeconform is told with -schema-location. */
export const schemaLocation = join(schemasDir, '{{ .ResourceKind }}-{{ .ResourceAPIVersion }}.json');

/** Writes the schemas of these kinds (`DaemonSet-v1`), unless they are there and as new as the OpenAPI document. */
export function writeSchemas(kinds: readonly string[]): void {
  const files = kinds.map((kind) => join(schemasDir, `${kind.toLowerCase()}.json`));
  if (files.every(isCurrent)) return;
  const { definitions } = JSON.parse(readFileSync(swaggerFile, 'utf8')) as { definitions: Definitions };
  mkdirSync(schemasDir, { recursive: true });
  for (const [index, kind] of kinds.entries()) {
    const file = files[index] ?? '';
    writeFileSync(
      `${file}.${process.pid}`,
      JSON.stringify(strictSchema(nameOf(kind, definitions), definitions)),
    );
    renameSync(`${file}.${process.pid}`, file);
  }
}

function isCurrent(file: string): boolean {
  return existsSync(file) && statSync(file).mtimeMs >= statSync(swaggerFile).mtimeMs;
}

function nameOf(kind: string, definitions: Definitions): string {
  const found = Object.entries(definitions).find(([, schema]) =>
    schema['x-kubernetes-group-version-kind']?.some((gvk) => `${gvk.kind}-${gvk.version}` === kind),
  );
  if (found === undefined) throw new Error(`Kubernetes has no ${kind}`);
  return found[0];
}

function strictSchema(name: string, definitions: Definitions): unknown {
  const reached = new Map<string, unknown>();
  const reach = (each: string): void => {
    if (reached.has(each)) return;
    const strict = JSON.parse(JSON.stringify(definitions[each]), (_, value: unknown) =>
      closed(value),
    ) as Schema;
    reached.set(each, quantities.has(each) ? { type: ['string', 'number'] } : strict);
    for (const [, next = ''] of JSON.stringify(strict).matchAll(/"#\/definitions\/([^"]+)"/g)) reach(next);
  };
  reach(name);
  return { $ref: `#/definitions/${name}`, definitions: Object.fromEntries(reached) };
}

const quantities = new Set(['io.k8s.apimachinery.pkg.api.resource.Quantity']);

/** Unknown fields are errors, as with `kubectl apply --validate=strict`. */
function closed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const schema = value as Schema;
  if (schema.format === 'int-or-string') return { type: ['string', 'integer'] };
  if (schema.type === 'object' && schema.properties !== undefined)
    return { ...schema, additionalProperties: false };
  return schema;
}
