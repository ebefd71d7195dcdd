import {FleetServiceClient, GetAgentResponse} from '../../proto/gen/weir/admin/v1/fleet.ts';
import {defineCommand} from '../command.ts';
import {CONNECTION_FLAGS, withControlPlane} from '../connect.ts';
import {OUTPUT_FLAG, print} from '../output.ts';
import {agentText} from './agent-text.ts';

export const fleetShowCommand = defineCommand({
  name: 'weir fleet show',
  summary: 'Shows one agent: labels, policy, spool, and the last bundle it refused.',
  flags: {...OUTPUT_FLAG, ...CONNECTION_FLAGS},
  positionals: [{name: 'AGENT', required: true, help: 'uid of the agent, or the beginning of it'}],
  examples: ['weir fleet show 3f2a91bc'],
  run: async (flags, io, [agentUid = '']) =>
    withControlPlane(flags, async ({call, client}) => {
      const service = client(FleetServiceClient);
      const response = await call(service.getAgent.bind(service), {agentUid}, io.signal);
      const {agent} = response;
      print(io.stdout, flags.output, GetAgentResponse.toJSON(response), () =>
        agent === undefined ? '' : agentText(agent),
      );
      return 0;
    }),
});
