import { connectionTo } from '../../pitlane/cluster/connection.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';

/** What the bundles of the functions have in common, for infra/contract-package.test.ts. */
export const pitlane = { connectionTo, createPitlane };
