import type { Asker } from '../../operate/asker.ts';
import type { HomeJob } from '../job.ts';
import { homeNotice, homeView } from '../views/home-view.ts';
import { outcomeView } from '../views/views.ts';
import type { ConversationOptions, Ending } from './turn.ts';

/** Shows what is going on in all services on the Home tab of the person. */
export async function atHome({ asker }: HomeJob, options: ConversationOptions): Promise<Ending> {
  const { pitlane, roleOf, showHome, deadline } = options;
  const { role, why } = await roleOf(asker);
  const looking: Asker = { by: asker.userId, role, requestId: asker.requestId };
  const found = await pitlane.overview(looking, deadline);
  if (found.kind === 'overview') await showHome(homeView(found));
  else {
    const message = why === undefined ? found.message : `${found.message} ${why}`;
    await showHome(homeNotice(outcomeView({ ...found, message }, { address: asker.address })));
  }
  return found.kind === 'overview' ? 'home' : found.kind;
}
