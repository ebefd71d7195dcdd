import {WeirError} from '../../lib/errors.ts';
import {type OnCallError, unary} from '../../lib/grpc/server.ts';
import type {Logger} from '../../lib/log.ts';
import type {ApprovalServiceServer} from '../../proto/gen/weir/admin/v1/approval.ts';
import type {AdminOf} from '../access/admin.ts';
import type {HoldStore} from '../store/hold-store.ts';
import type {HoldChanges} from './changes.ts';
import {decodePageToken, encodePageToken, pageLimit} from './page-token.ts';
import {mayReview} from './review-rules.ts';

export interface ApprovalServiceOptions {
  holds: HoldStore;
  changes: HoldChanges;
  adminOf: AdminOf;
  /** Milliseconds since the epoch. */
  now: () => number;
  log: Logger;
  onError: OnCallError;
}

/** Lets reviewers list, read and decide the holds that name a group of theirs; full administrators all. */
export function createApprovalService(options: ApprovalServiceOptions): ApprovalServiceServer {
  const {adminOf, changes, holds, log, now, onError} = options;
  return {
    listHolds: unary(async ({pageSize, pageToken, includeDecided}, {metadata}) => {
      const admin = adminOf(metadata);
      const limit = pageLimit(pageSize);
      const after = decodePageToken(pageToken);
      const groups = admin.full ? undefined : admin.groups;
      // One more than asked for tells whether there is another page.
      const found = await holds.list({limit: limit + 1, after, includeDecided, groups}, now());
      const page = found.slice(0, limit);
      const last = found.length > limit ? page.at(-1) : undefined;
      const nextPageToken =
        last === undefined ? '' : encodePageToken({openedAtMs: last.openedAt?.getTime() ?? 0, holdId: last.holdId});
      return {holds: page, nextPageToken};
    }, onError),

    getHold: unary(async ({holdId}, {metadata}) => {
      const admin = adminOf(metadata);
      const {hold, maskedRequest, truncated, mediaType} = await holds.get(holdId, now());
      if (!hold.requirements.some((requirement) => mayReview(admin, requirement))) {
        throw new WeirError('PERMISSION_DENIED', 'only its reviewers may read a held request');
      }
      return {hold, maskedRequest, maskedRequestTruncated: truncated, mediaType};
    }, onError),

    reviewHold: unary(async ({holdId, decision, reason}, {metadata}) => {
      const admin = adminOf(metadata);
      const hold = await holds.review({idOrPrefix: holdId, admin, decision, reason, nowMs: now()});
      log.info('hold reviewed', {hold: hold.holdId, reviewer: admin.subject, decision, state: hold.state});
      changes.changed(hold.holdId);
      return {hold};
    }, onError),
  };
}
