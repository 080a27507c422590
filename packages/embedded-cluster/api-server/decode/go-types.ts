import { readFileSync } from 'node:fs';

interface GoTypes {
  /** client-node's model by `apps/v1 Deployment`. */
  models: Record<string, string>;
  /** By model or by the name of an embedded struct: `1 name,2 >core.v1.VolumeSource,3 limits quantity`. */
  messages: Record<string, string>;
  /** By model: fields that Go omits while they are zero. */
  omitted: Record<string, string>;
  /** By model: fields that Go always writes, with their zero values: `restartCount 0,state {}`. */
  zeros: Record<string, string>;
}

/** Written by protobuf/generate.ts. */
export const goTypes: GoTypes = JSON.parse(readFileSync(new URL('./generated/go-types.json', import.meta.url), 'utf8'));
