import {WeirError} from '../../lib/errors.ts';
import {ApprovalServiceClient, ReviewHoldResponse} from '../../proto/gen/weir/admin/v1/approval.ts';
import {HoldState, ReviewDecision} from '../../proto/gen/weir/agent/v1/hold.ts';
import {type CommandIo, defineCommand} from '../command.ts';
import {type AdminConnection, CONNECTION_FLAGS, type ConnectionOptions, withControlPlane} from '../connect.ts';
import {OUTPUT_FLAG, type OutputForm, print} from '../output.ts';
import {stateText} from './hold-text.ts';

const FLAGS = {
  reason: {type: 'string', default: '', help: 'why; some rules ask for it, and the record keeps it'},
  ...OUTPUT_FLAG,
  ...CONNECTION_FLAGS,
} as const;

const HOLD = {
  name: 'HOLD',
  required: false,
  help: 'id of the hold, or the beginning of it; may be left out while only one waits',
};

export const approveCommand = defineCommand({
  name: 'weir approvals approve',
  summary: 'Lets a held request go on. It is decided again under the policy of that moment.',
  flags: FLAGS,
  positionals: [HOLD],
  examples: ['weir approvals approve 3f2a91bc --reason "figures are public since Monday"'],
  run: async (flags, io, [holdId = '']) => review({holdId, decision: ReviewDecision.APPROVE, flags}, io),
});

export const denyCommand = defineCommand({
  name: 'weir approvals deny',
  summary: 'Refuses a held request; the same request stays refused for as long as its reviewers had.',
  flags: FLAGS,
  positionals: [HOLD],
  examples: ['weir approvals deny 3f2a91bc --reason "not before the earnings call"'],
  run: async (flags, io, [holdId = '']) => review({holdId, decision: ReviewDecision.DENY, flags}, io),
});

interface Decision {
  holdId: string;
  decision: ReviewDecision;
  flags: ConnectionOptions & {reason: string; output: OutputForm};
}

async function review({holdId, decision, flags}: Decision, io: CommandIo): Promise<number> {
  return withControlPlane(flags, async (connection) => {
    const {call, client} = connection;
    const service = client(ApprovalServiceClient);
    const chosen = holdId === '' ? await onlyOpenHold(connection, io.signal) : holdId;
    const request = {holdId: chosen, decision, reason: flags.reason};
    const response = await call(service.reviewHold.bind(service), request, io.signal);
    print(io.stdout, flags.output, ReviewHoldResponse.toJSON(response), () => {
      const {hold} = response;
      if (hold === undefined) return '';
      const waits = hold.state === HoldState.OPEN ? '; it waits for further reviewers' : '';
      return `hold ${hold.holdId} is ${stateText(hold)}${waits}\n`;
    });
    return 0;
  });
}

/** The hold that is meant when none is named. @throws WeirError USAGE unless exactly one waits. */
async function onlyOpenHold({call, client}: AdminConnection, signal: AbortSignal): Promise<string> {
  const service = client(ApprovalServiceClient);
  const list = {pageSize: 2, pageToken: '', includeDecided: false};
  const [hold, other] = (await call(service.listHolds.bind(service), list, signal)).holds;
  if (hold === undefined) {
    const hint = 'one that was decided may still cover it, see weir approvals list --all';
    throw new WeirError('NOT_FOUND', `no request waits for your approval; ${hint}`);
  }
  if (other !== undefined) throw new WeirError('USAGE', 'several requests wait; name one (see weir approvals list)');
  return hold.holdId;
}
