import type { Story } from '../play.ts';
import { judgeDrain } from './drain.ts';
import type { Fact } from './fact.ts';
import { judgeRefusal } from './refusal.ts';
import { judgeRestore } from './restore.ts';

/** All facts of the story. */
export function judge(story: Story): readonly Fact[] {
  const { plan, command, hasWritten } = story;
  if (plan === undefined || !hasWritten) return judgeRefusal(story);
  return command === 'drain' ? judgeDrain({ ...story, plan }) : judgeRestore({ ...story, plan });
}
