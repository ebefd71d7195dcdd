import {type OnCallError, unary} from '../../lib/grpc/server.ts';
import type {EnrollmentServiceServer} from '../../proto/gen/weir/agent/v1/enrollment.ts';
import type {AgentAuthority} from './authority.ts';

/** The one service an agent may call without a session. */
export function createEnrollmentService(authority: AgentAuthority, onError: OnCallError): EnrollmentServiceServer {
  return {enroll: unary(async (request, context) => authority.enroll(request, context.peer), onError)};
}
