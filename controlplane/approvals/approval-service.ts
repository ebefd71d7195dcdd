import {WeirError} from '../../lib/errors.ts';
import {pageOf, pageToken} from '../../lib/grpc/paging.ts';
import {type OnCallError, unary} from '../../lib/grpc/server.ts';
import type {Logger} from '../../lib/log.ts';
import type {ApprovalServiceServer} from '../../proto/gen/weir/admin/v1/approval.ts';
import type {Hold} from '../../proto/gen/weir/agent/v1/hold.ts';
import type {AdminOf} from '../access/admin.ts';
import type {HoldStore} from '../store/hold-store.ts';
import type {HoldChanges} from './changes.ts';
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

/** When the last hold of a page was opened, and its id. */
const PAGE_KEY = /^(?<openedAtMs>\d{1,15})\.(?<holdId>[0-9a-f-]{36})$/;

/** Lets reviewers list, read and decide the holds that name a group of theirs; full administrators all. */
export function createApprovalService(options: ApprovalServiceOptions): ApprovalServiceServer {
  const {adminOf, changes, holds, log, now, onError} = options;
  return {
    listHolds: unary(async ({pageSize, pageToken: token, includeDecided}, {metadata}) => {
      const admin = adminOf(metadata);
      const {size, after} = pageOf(pageSize, token, PAGE_KEY);
      const groups = admin.full ? undefined : admin.groups;
      // One more than asked for tells whether there is another page.
      const found = await holds.list({limit: size + 1, after: positionOf(after), includeDecided, groups}, now());
      const page = found.slice(0, size);
      const last = found.length > size ? page.at(-1) : undefined;
      return {holds: page, nextPageToken: last === undefined ? '' : pageToken(keyOf(last))};
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

function keyOf(hold: Hold): string {
  return `${hold.openedAt?.getTime() ?? 0}.${hold.holdId}`;
}

function positionOf(key: string | undefined): {openedAtMs: number; holdId: string} | undefined {
  const {openedAtMs, holdId} = PAGE_KEY.exec(key ?? '')?.groups ?? {};
  return openedAtMs === undefined || holdId === undefined ? undefined : {openedAtMs: Number(openedAtMs), holdId};
}
