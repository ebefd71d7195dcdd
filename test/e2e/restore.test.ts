import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import OpenAI from 'openai';
import {type RunningAgent, startAgent} from '../../agent/server.ts';
import {startEchoModel} from '../agent/restore/echo-model.ts';
import {type InProcess, startInProcess} from '../support/in-process.ts';
import {CALLER_KEY} from '../support/policies.ts';

const JOE = 'joe@example.com';
const PLACEHOLDER = /\[email-[a-z2-7]{16}\]/g;

const policyWith = (modelUrl: string): string => `apiVersion: weir/v1
kind: Provider
metadata: { name: echo }
spec: { dialect: openai, baseUrl: "${modelUrl}/v1" }
---
apiVersion: weir/v1
kind: Policy
metadata: { name: addresses, owner: security@example.com }
spec:
  mode: enforce
  rules:
    - name: addresses
      on: [request]
      find: { detectors: [email] }
      action: mask
      mask: { restore: { tools: ["crm_*"] } }
`;

async function agentIn(
  t: ExecutionContext,
  {controlPlane, directory, logs}: InProcess,
  state: string,
): Promise<RunningAgent> {
  const agent = await startAgent({
    controlplane: controlPlane.grpcAddress,
    transport: {kind: 'insecure'},
    joinToken: 'join-not-a-real-token',
    stateDir: join(directory, state),
    listen: '127.0.0.1:0',
    adminListen: '127.0.0.1:0',
    credentials: [],
    environment: {},
    drainMs: 500,
    log: logs.log,
  });
  t.teardown(agent.stop);
  await agent.ready(AbortSignal.timeout(20_000));
  return agent;
}

async function say(address: string, messages: OpenAI.ChatCompletionMessageParam[]): Promise<string> {
  const client = new OpenAI({apiKey: CALLER_KEY, baseURL: `http://${address}/echo/v1`, maxRetries: 0});
  const completion = await client.chat.completions.stream({model: 'gpt-test', messages}).finalChatCompletion();
  return completion.choices[0]?.message.content ?? '';
}

test('a conversation goes on over a restart of its agent, without the control plane and on another agent', async (t) => {
  const model = await startEchoModel(t);
  const weir = await startInProcess(() => ({'restore.yaml': policyWith(model.url)}));
  t.teardown(weir.stop);
  const messages: OpenAI.ChatCompletionMessageParam[] = [{role: 'user', content: `mail ${JOE}`}];
  const goOn = async ({address}: RunningAgent) => {
    const answer = await say(address, messages);
    messages.push({role: 'assistant', content: answer}, {role: 'user', content: 'and again?'});
    return answer;
  };
  t.is(await goOn(weir.agent), `write to ${JOE}!`);

  const other = await agentIn(t, weir, 'other-agent');
  t.is(await goOn(other), `write to ${JOE}!`);

  await weir.agent.stop();
  await other.stop();
  await weir.controlPlane.stop();
  const again = await agentIn(t, weir, 'agent');
  t.is(await goOn(again), `write to ${JOE}!`, 'the key is kept for a start without the control plane');

  const sent = model.received.map(({body}) => body);
  t.is(sent.length, 3);
  t.false(sent.join('').includes('joe'));
  t.is(new Set(sent.flatMap((body) => body.match(PLACEHOLDER) ?? [])).size, 1);
});
