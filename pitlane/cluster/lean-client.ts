import { registerHooks } from 'node:module';

const LEAN = '?only-what-config-needs';

/** What config.js takes from client-node's gen/index.js, from where it is. */
export const LEAN_INDEX =
  "export { createConfiguration } from './configuration.js'; export { ServerConfiguration } from './servers.js';";

/**
 * Imported for its effect, before anything that imports KubeConfig. client-node's config.js takes two functions from an
 * index that loads 900 models and every API class, a quarter of a second of each start; here it gets them from where
 * they are. Should client-node ever change that import, it is loaded as it is. The bundles of Lambda do the same
 * (infra/bundle.ts).
 */
const hooks = registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const isOfConfig = specifier === './gen/index.js' && context.parentURL?.endsWith('/client-node/dist/config.js');
    return isOfConfig ? { ...found, url: `${found.url}${LEAN}` } : found;
  },
  load(url, context, next) {
    if (!url.endsWith(LEAN)) return next(url, context);
    hooks.deregister();
    return { format: 'module', source: LEAN_INDEX, shortCircuit: true };
  },
});
