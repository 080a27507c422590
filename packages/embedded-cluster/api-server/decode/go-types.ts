import { readFileSync } from 'node:fs';

interface GoTypes {
  /** client-node's model by `apps/v1 Deployment`. */
  models: Record<string, string>;
  /** By model, or for an embedded struct by its own name: `1 name,2 >core.v1.VolumeSource,3 limits quantity`. */
  messages: Record<string, string>;
  /** By model: fields that Go does not write while they have their zero value. */
  omitted: Record<string, string>;
  /** By model: fields that Go writes even when nobody set them, and what it writes: `restartCount 0,state {}`. */
  zeros: Record<string, string>;
}

/** Made by protobuf/generate.ts. */
export const goTypes: GoTypes = JSON.parse(readFileSync(new URL('./generated/go-types.json', import.meta.url), 'utf8'));
