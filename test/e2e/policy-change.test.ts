import test from 'ava';
import {chat, startDeployment} from '../support/deployment.ts';
import {guardPolicy, RULES_FILE} from '../support/policies.ts';
import {waitFor} from '../support/wait.ts';

test('a pushed rule is enforced within five seconds; broken YAML changes nothing and says where it is wrong', async (t) => {
  const weir = await startDeployment(t);
  const echo = async (content: string) => {
    const answer = (await (await chat(weir.agentUrl, content)).json()) as {choices: {message: {content: string}}[]};
    return answer.choices[0]?.message.content;
  };
  t.is(await echo('about TICKET-123 and ORDER-456'), 'I received: about [tickets] and ORDER-456');

  const pushedAt = performance.now();
  await weir.repository.push({[RULES_FILE]: guardPolicy('(TICKET|ORDER)-[0-9]+')}, 'Mask orders too');
  await waitFor('the new rule to be enforced', 10_000, async () => {
    const text = await echo('about TICKET-123 and ORDER-456');
    return text === 'I received: about [tickets] and [tickets]' ? text : undefined;
  });
  const tookMs = performance.now() - pushedAt;
  t.log(`enforced ${tookMs.toFixed(0)} ms after the push began`);
  t.true(tookMs < 5_000, `took ${tookMs} ms`);

  const broken = await weir.repository.push(
    {'policies/broken.yaml': 'apiVersion: weir/v1\nkind: [Policy\n'},
    'Break it',
  );
  const status = await waitFor('the refusal to show', 10_000, async () => {
    const {stdout} = await weir.weir(['status']);
    return stdout.includes(broken.slice(0, 7)) && stdout.includes('broken.yaml') ? stdout : undefined;
  });
  t.regex(status, /policies\/broken\.yaml:\d+:\d+/);
  t.is(await echo('about ORDER-456'), 'I received: about [tickets]');

  await weir.repository.push({'policies/broken.yaml': undefined}, 'Mend it');
  await waitFor('the repository to be ready again', 10_000, async () => {
    const {stdout} = await weir.weir(['status']);
    return stdout.includes('broken.yaml') ? undefined : stdout;
  });
});
