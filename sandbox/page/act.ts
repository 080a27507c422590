import { escapeTyped } from '../slack/deliveries.ts';
import type { Action, Answer } from './entries.ts';
import type { Person } from './playground.ts';
import type { World } from './world.ts';

const MENTION = /^@pitlane(?=\s|$)/i;

/** Does what a person did on the page. */
export async function act(world: World, action: Action): Promise<Answer> {
  switch (action.do) {
    case 'faultPod':
      return refusal(world.faults.setPod(action.pod, action.fault));
    case 'loseNode':
      return refusal(world.faults.setNode(action.node, action.isLost));
    case 'fault':
      if (action.name === 'badImage') return refusal(world.faults.setBadImage(action.isOn));
      if (action.name === 'gitOps') world.faults.setGitOps(action.isOn);
      else world.faults.secondOnCall = action.isOn;
      return {};
    default:
      return asPerson(world, action);
  }
}

async function asPerson(world: World, action: Extract<Action, { readonly as: string }>): Promise<Answer> {
  const { people, workspace } = world.playground;
  const person = people.find(({ slack }) => slack.id === action.as);
  if (person === undefined) return { refused: 'Unknown person.' };
  if (action.do === 'type') return type(world, person, action.text.trim(), action.thread);
  if (action.do === 'press') {
    const message = world.message(action.message);
    if (message === undefined || (message.to ?? action.as) !== action.as) return { refused: 'The message is gone.' };
    world.acknowledge(person, await person.slack.press(action.pressed, message), message.thread);
    return {};
  }
  const window = workspace.windows.find(({ id, user }) => id === action.window && user === action.as);
  if (window === undefined) return { refused: 'The window is gone.' };
  const answer = action.do === 'submit' ? await person.slack.submit(window, action.filled) : undefined;
  if (answer?.errors !== undefined) return { errors: answer.errors };
  workspace.closeWindow(window.id);
  return {};
}

async function type(world: World, person: Person, text: string, thread: string | undefined): Promise<Answer> {
  const inThread = thread === undefined ? {} : { thread };
  if (text.startsWith('/')) {
    const [command = ''] = text.split(/\s/);
    if (!world.playground.commands.includes(command)) return { refused: `${command} is not a valid command.` };
    if (thread !== undefined) return { refused: 'Slack does not support slash commands in threads. Type @pitlane …' };
    world.acknowledge(person, await person.slack.type(text));
    return {};
  }
  world.say({ text: escapeTyped(text), blocks: [], from: person.slack.id, ...inThread });
  if (!MENTION.test(text)) return {};
  world.acknowledge(person, await person.slack.mention(text.replace(MENTION, '').trim(), thread), thread);
  return {};
}

function refusal(why: string | undefined): Answer {
  return why === undefined ? {} : { refused: why };
}
