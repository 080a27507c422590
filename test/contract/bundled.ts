import { connectionTo } from '../../pitlane/cluster/connection.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';

/** The code that the bundles of the functions share, for infra/contract-package.test.ts. */
export const pitlane = { connectionTo, createPitlane };
