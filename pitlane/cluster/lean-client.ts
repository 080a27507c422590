import { registerHooks } from 'node:module';

const LEAN_QUERY = '?lean';

/** The exports of client-node's gen/index.js that config.js uses. */
export const LEAN_INDEX =
  "export { createConfiguration } from './configuration.js'; export { ServerConfiguration } from './servers.js';";

/**
 * Speeds up the start by a quarter of a second. Import this file before anything that imports KubeConfig. client-node's
 * config.js imports two functions from an index that loads 900 models and every API class; this hook serves it those two
 * only. If client-node changes that import, the hook does nothing. infra/bundle.ts does the same for the Lambda bundles.
 */
const hooks = registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const isFromConfig = specifier === './gen/index.js' && context.parentURL?.endsWith('/client-node/dist/config.js');
    return isFromConfig ? { ...found, url: `${found.url}${LEAN_QUERY}` } : found;
  },
  load(url, context, next) {
    if (!url.endsWith(LEAN_QUERY)) return next(url, context);
    hooks.deregister();
    return { format: 'module', source: LEAN_INDEX, shortCircuit: true };
  },
});
