import {ApprovalServiceClient, GetHoldResponse} from '../../proto/gen/weir/admin/v1/approval.ts';
import {defineCommand} from '../command.ts';
import {CONNECTION_FLAGS, withControlPlane} from '../connect.ts';
import {OUTPUT_FLAG, print} from '../output.ts';
import {holdText} from './hold-text.ts';

export const approvalsShowCommand = defineCommand({
  name: 'weir approvals show',
  summary: 'Shows a held request exactly as it would be sent, already masked, and what it waits for.',
  flags: {...OUTPUT_FLAG, ...CONNECTION_FLAGS},
  positionals: [{name: 'HOLD', required: true, help: 'id of the hold, or the beginning of it'}],
  examples: ['weir approvals show 3f2a91bc'],
  run: async (flags, io, [holdId = '']) =>
    withControlPlane(flags, async ({call, client}) => {
      const service = client(ApprovalServiceClient);
      const response = await call(service.getHold.bind(service), {holdId}, io.signal);
      print(io.stdout, flags.output, GetHoldResponse.toJSON(response), () => holdText(response));
      return 0;
    }),
});
