import {FleetServiceClient, ListAgentsResponse} from '../../proto/gen/weir/admin/v1/fleet.ts';
import {defineCommand} from '../command.ts';
import {CONNECTION_FLAGS, withControlPlane} from '../connect.ts';
import {OUTPUT_FLAG, print} from '../output.ts';
import {agentsTable} from './agent-text.ts';

export const fleetListCommand = defineCommand({
  name: 'weir fleet list',
  summary: 'Lists the agents, what each enforces as it says itself, and what it has not shipped yet.',
  flags: {
    limit: {type: 'number', default: 100, min: 1, max: 1_000, help: 'rows of a page'},
    pageToken: {type: 'string', placeholder: 'TOKEN', help: 'goes on where another page ended'},
    ...OUTPUT_FLAG,
    ...CONNECTION_FLAGS,
  },
  examples: ['weir fleet list', 'weir fleet list --output yaml'],
  run: async (flags, io) =>
    withControlPlane(flags, async ({call, client}) => {
      const service = client(FleetServiceClient);
      const request = {pageSize: flags.limit, pageToken: flags.pageToken ?? ''};
      const response = await call(service.listAgents.bind(service), request, io.signal);
      print(io.stdout, flags.output, ListAgentsResponse.toJSON(response), () => {
        const more = response.nextPageToken === '' ? '' : `\nmore: add --page-token ${response.nextPageToken}\n`;
        return agentsTable(response.agents, Date.now()) + more;
      });
      return 0;
    }),
});
