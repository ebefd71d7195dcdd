import {ApprovalServiceClient, ListHoldsResponse} from '../../proto/gen/weir/admin/v1/approval.ts';
import {defineCommand} from '../command.ts';
import {CONNECTION_FLAGS, withControlPlane} from '../connect.ts';
import {OUTPUT_FLAG, print} from '../output.ts';
import {holdsTable} from './hold-text.ts';

export const approvalsListCommand = defineCommand({
  name: 'weir approvals list',
  summary: 'Lists the requests that wait for your approval, newest first.',
  flags: {
    all: {type: 'boolean', help: 'decided and expired ones too'},
    limit: {type: 'number', default: 50, min: 1, max: 1_000, help: 'rows of a page'},
    pageToken: {type: 'string', placeholder: 'TOKEN', help: 'goes on where another page ended'},
    ...OUTPUT_FLAG,
    ...CONNECTION_FLAGS,
  },
  examples: ['weir approvals list', 'weir approvals list --all --output json'],
  run: async (flags, io) =>
    withControlPlane(flags, async ({call, client}) => {
      const service = client(ApprovalServiceClient);
      const request = {pageSize: flags.limit, pageToken: flags.pageToken ?? '', includeDecided: flags.all};
      const response = await call(service.listHolds.bind(service), request, io.signal);
      print(io.stdout, flags.output, ListHoldsResponse.toJSON(response), () => {
        const more = response.nextPageToken === '' ? '' : `\nmore: add --page-token ${response.nextPageToken}\n`;
        return holdsTable(response.holds, Date.now()) + more;
      });
      return 0;
    }),
});
