import test from 'ava';
import {agentsTable, agentText} from '../../cli/fleet/agent-text.ts';
import {Agent} from '../../proto/gen/weir/admin/v1/fleet.ts';

const problem = {file: 'detectors.yaml', line: 22, code: 'external_host_refused', message: 'this agent may not'};

function agent(activeGeneration: number): Agent {
  return Agent.fromJSON({
    agentUid: '326328ed-f5e2-4984-a2bd-1fe0b2d1ea6a',
    activeGeneration: `${activeGeneration}`,
    inSync: activeGeneration === 2,
    lastNack: {generation: '1', digest: '4b42', problems: [problem]},
  });
}

test('an agent without a policy shows which bundle it refused, where and why', (t) => {
  t.regex(agentsTable([agent(0)], 0), /none, refused 1 \(weir fleet show\)/);
  t.regex(agentText(agent(0)), /^detectors\.yaml:22 +external_host_refused +this agent may not$/m);
});

test('a bundle refused before the one in force is past', (t) => {
  t.notRegex(agentsTable([agent(2)], 0), /refused/);
});
