import test from 'ava';
import {chat, startDeployment} from '../support/deployment.ts';
import {waitFor} from '../support/wait.ts';

test('with the control plane stopped the agent enforces and spools; when it returns everything arrives', async (t) => {
  t.timeout(90_000);
  const weir = await startDeployment(t);
  t.is((await chat(weir.agentUrl, 'before', {model: 'gpt-before'})).status, 200);
  await weir.controlPlane.stop('SIGKILL');

  for (let index = 0; index < 20; index++) {
    const response = await chat(weir.agentUrl, `call ${index} about TICKET-${index}`, {model: `gpt-away-${index}`});
    t.is(response.status, 200);
    t.true((await response.text()).includes('about [tickets]'));
  }
  t.is((await chat(weir.agentUrl, 'project nightfall', {model: 'gpt-away-blocked'})).status, 400);

  await weir.agent.stop('SIGKILL');
  await weir.startAgent();
  t.is(
    (await chat(weir.agentUrl, 'cold start', {model: 'gpt-cold'})).status,
    200,
    'a cold start needs no control plane',
  );

  await weir.startControlPlane();
  const models = await waitFor('all records to arrive', 30_000, async () => {
    const ended = (await weir.exchanges()).filter((exchange) => exchange.endedAt !== undefined);
    return ended.length >= 23 ? ended.map(({model}) => model) : undefined;
  });
  t.deepEqual(
    models.toSorted(),
    [
      'gpt-away-blocked',
      'gpt-before',
      'gpt-cold',
      ...Array.from({length: 20}, (_, index) => `gpt-away-${index}`),
    ].toSorted(),
  );
});
